/* SPDX-License-Identifier: MIT */
/*
 * The service manager's descriptor store (sd_pid_notify_with_fds(3)): sockets that we opened
 * ourselves survive a restart, an upgrade and a crash in it. Without a service manager nothing
 * happens here.
 */
#pragma once

#include "core/address.h"
#include "core/names.h"
#include <stdbool.h>

/*
 * Names of our own stored sockets begin so; no unit file can use it by accident, because theirs
 * come from the unit's name.
 */
#define FDSTORE_PREFIX "sockd-own-"
#define FDSTORE_NAME_MAX (sizeof(FDSTORE_PREFIX "tcp-") + ADDRESS_TEXT_MAX)

/* "sockd-own-tcp-127.0.0.1_9191": a name in the store has no colon. */
void fdstore_name(Protocol protocol, const Address *local, char ret[static FDSTORE_NAME_MAX]);
bool fdstore_is_own(const char *name);

/*
 * Asks the service manager to keep FD under NAME. Returns whether one that keeps descriptors was
 * asked; it does not say what it did.
 */
bool fdstore_put(int fd, const char *name);
/* Nobody wants it any more. */
void fdstore_drop(const char *name);
