/* SPDX-License-Identifier: MIT */
/*
 * The service manager's descriptor store (sd_pid_notify_with_fds(3)), in which the sockets that
 * sockd opened survive a restart, an upgrade and a crash. Does nothing without a service manager.
 */
#pragma once

#include "core/endpoint.h"
#include <net/if.h>
#include <stdbool.h>

/* Names of our own sockets. Those of a socket unit cannot collide by accident. */
#define FDSTORE_PREFIX "sockd-own-"
#define FDSTORE_NAME_MAX                                                                           \
        (sizeof(FDSTORE_PREFIX "unix-seqpacket-%#0123456789abcdef") + ADDRESS_TEXT_MAX +           \
         ENDPOINT_PATH_MAX + IF_NAMESIZE)

/*
 * "sockd-own-tcp-127.0.0.1_9191%eth0": names in the store cannot contain colons, nor what is not
 * printable. DEVICE: the key "interface"; MARK: what else tells sockets apart, up to 17 characters.
 */
void fdstore_name(const Endpoint *at, const char *device, const char *mark,
                  char ret[static FDSTORE_NAME_MAX]);
bool fdstore_is_own(const char *name);

/* Asks the service manager to keep FD. Returns whether it is one that does; it sends no reply. */
bool fdstore_put(int fd, const char *name);
/* Removes it from the store. */
void fdstore_drop(const char *name);
