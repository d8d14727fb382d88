/* SPDX-License-Identifier: MIT */
/*
 * Messages to the service manager (sd_notify(3)). sd_notify() itself would block while the manager
 * does not read, and SIGTERM would have to wait.
 */
#pragma once

#include <stdbool.h>

/* Whether $NOTIFY_SOCKET is set. */
bool notify_is_wanted(void);

/*
 * Sends TEXT, lines of NAME=VALUE, with FD unless that is negative. Returns 1 if sent, 0 without a
 * service manager, or negative errno; -EAGAIN: it is not reading at the moment.
 */
int notify_send(const char *text, int fd);
