/* SPDX-License-Identifier: MIT */
/* Allocation only: acceptor.c and datagram.c serve it. */

#include "daemon/net/listener_socket.h"

#include "core/macro.h"
#include "daemon/net/socket.h"

ListenerSocket *listener_socket_new(const Endpoint *at, int fd, char *name) {
        ListenerSocket *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;

        s->fd = fd;
        s->at = *at;
        s->device = socket_device(fd);
        s->name = name;
        return s;
}

ListenerSocket *listener_socket_free(ListenerSocket *s) {
        if (!s)
                return NULL;

        closep(&s->fd);
        free(s->name);
        free(s);
        return NULL;
}
