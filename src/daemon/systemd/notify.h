/* SPDX-License-Identifier: MIT */
/*
 * Messages to the service manager, in the protocol of sd_notify(3). sd_notify() itself blocks while
 * the manager does not read, and then SIGTERM would not be served.
 */
#pragma once

#include <stdbool.h>

/* There is a service manager. */
bool notify_is_wanted(void);

/*
 * Sends TEXT, lines of NAME=VALUE, and a descriptor with it unless FD is negative. Returns 1 sent, 0
 * when nobody wants to know, or negative errno; -EAGAIN: it does not read just now.
 */
int notify_send(const char *text, int fd);
