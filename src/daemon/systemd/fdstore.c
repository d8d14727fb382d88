/* SPDX-License-Identifier: MIT */
/* sd_notify(3): FDSTORE=, FDSTOREREMOVE=, FDNAME=, FDPOLL=. */

#include "daemon/systemd/fdstore.h"

#include "core/transport.h"
#include "daemon/systemd/notify.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER_SUFFIX "/systemd/notify"

void fdstore_name(const Endpoint *at, const char *device, const char *mark,
                  char ret[static FDSTORE_NAME_MAX]) {
        char address[ADDRESS_TEXT_MAX];
        const char *place = transport_has_path(at->protocol) ? at->path : address;

        if (transport_has_ports(at->protocol))
                (void)address_format(&at->address, address);
        else
                (void)address_format_host(&at->address, address);
        (void)snprintf(ret, FDSTORE_NAME_MAX, FDSTORE_PREFIX "%s-%s%s%s%s",
                       protocol_text(at->protocol), place, *device ? "%" : "", device, mark);
        for (char *p = ret; *p; p++)
                if (*p == ':' || *p < ' ' || *p > '~')
                        *p = '_';
}

bool fdstore_is_own(const char *name) {
        return strncmp(name, FDSTORE_PREFIX, strlen(FDSTORE_PREFIX)) == 0;
}

/*
 * systemd 254 and later set $FDSTORE. Any earlier systemd is assumed to have a store; other
 * managers that speak the protocol are not.
 */
static bool manager_keeps(void) {
        const char *path = getenv("NOTIFY_SOCKET");
        size_t size = path ? strlen(path) : 0;

        if (getenv("FDSTORE"))
                return true;
        return size >= strlen(MANAGER_SUFFIX) &&
               strcmp(path + size - strlen(MANAGER_SUFFIX), MANAGER_SUFFIX) == 0;
}

/* FDPOLL=0: an ICMP error on a UDP socket is no reason to drop it. */
bool fdstore_put(int fd, const char *name) {
        char text[FDSTORE_NAME_MAX + 64];

        (void)snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
        return notify_send(text, fd) > 0 && manager_keeps();
}

void fdstore_drop(const char *name) {
        char text[FDSTORE_NAME_MAX + 64];

        (void)snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%.*s", (int)FDSTORE_NAME_MAX,
                       name);
        (void)notify_send(text, -EBADF); /* on failure it stays in the store */
}
