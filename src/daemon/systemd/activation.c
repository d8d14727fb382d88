/* SPDX-License-Identifier: MIT */
/* Inherited descriptors are untrusted input: every property is checked. */

#include "daemon/systemd/activation.h"

#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/systemd/fdstore.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

static int get_option(int fd, int name) {
        socklen_t size = sizeof(int);
        int value;

        return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -errno : value;
}

static bool is_connected(int fd) {
        struct sockaddr_storage sa;
        socklen_t size = sizeof(sa);

        return getpeername(fd, (struct sockaddr *)&sa, &size) == 0;
}

/* Returns what is wrong with the socket, or NULL. Fills in its protocol and address. */
static const char *find_defect(ActivationSocket *s) {
        int type = get_option(s->fd, SO_TYPE);

        if (type < 0)
                return "it is not a socket";
        if (type != SOCK_STREAM && type != SOCK_DGRAM)
                return "it is neither a stream nor a datagram socket";
        if (address_of_socket(s->fd, &s->local) < 0)
                return "it is not an IPv4 or IPv6 socket";
        if (get_option(s->fd, SO_PROTOCOL) != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
                return "it is neither TCP nor UDP";
        if (type == SOCK_STREAM && get_option(s->fd, SO_ACCEPTCONN) != 1)
                return "it is not listening (Accept=yes units are not supported)";
        if (type == SOCK_DGRAM && is_connected(s->fd))
                return "it is connected to a peer";
        if (s->local.port == 0)
                return "it is not bound to a port";
        if (fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) | O_NONBLOCK) < 0)
                return "it cannot be made non-blocking";

        s->protocol = type == SOCK_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP;
        return NULL;
}

static void add_descriptor(Activation *a, int fd, char *name) {
        ActivationSocket s = { .fd = fd, .name = name };
        const char *defect = find_defect(&s);

        s.own = fdstore_is_own(name);
        a->by_unit = a->by_unit || !s.own;
        if (!defect) {
                a->sockets[a->n_sockets++] = s;
                return;
        }

        (void)log_event(EVENT_DESCRIPTOR_REFUSED, NULL, LOG_WARNING, 0,
                        "ignoring descriptor %d (%s) from the service manager: %s", fd, name,
                        defect);
        if (s.own)
                fdstore_drop(name);
        (void)close(fd); /* nothing was written to it */
        free(name);
}

int activation_take(Activation *ret) {
        char **names = NULL;
        Activation a = { 0 };
        int n;

        n = sd_listen_fds_with_names(true, &names);
        if (n < 0)
                return log_error_errno(n, "cannot take the descriptors of the service manager");
        if (n == 0) {
                *ret = a;
                return 0;
        }

        a.sockets = calloc((size_t)n, sizeof(*a.sockets));
        for (int i = 0; i < n && a.sockets; i++)
                add_descriptor(&a, SD_LISTEN_FDS_START + i, names[i]);
        free(names); /* the strings have new owners */
        if (!a.sockets)
                return -ENOMEM;
        if (a.by_unit && a.n_sockets == 0) {
                activation_done(&a);
                return log_event(EVENT_DESCRIPTOR_REFUSED, NULL, LOG_ERR, -ENOTSOCK,
                                 "no descriptor from the service manager is usable");
        }

        *ret = a;
        return 0;
}

void activation_done(Activation *a) {
        for (size_t i = 0; i < a->n_sockets; i++) {
                closep(&a->sockets[i].fd);
                free(a->sockets[i].name);
        }
        free(a->sockets);
        *a = (Activation){ 0 };
}
