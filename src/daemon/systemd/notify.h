/* SPDX-License-Identifier: MIT */
/*
 * Messages to the service manager, in the protocol of sd_notify(3), which itself would wait for a
 * manager that does not read: then nobody could stop us any more.
 */
#pragma once

#include <stdbool.h>

/* There is one to tell. */
bool notify_is_wanted(void);

/*
 * Sends TEXT, lines of NAME=VALUE, and a descriptor with it unless FD is negative. Returns 1 sent, 0
 * when nobody wants to know, or negative errno; -EAGAIN: it does not read just now.
 */
int notify_send(const char *text, int fd);
