/* SPDX-License-Identifier: MIT */
/* Inherited descriptors are untrusted input: every property is checked. */

#include "daemon/systemd/activation.h"

#include "core/macro.h"
#include "core/transport.h"
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

/* Returns what is wrong with the socket, or NULL. Fills in where it is bound. */
static const char *find_defect(ActivationSocket *s) {
        int r = endpoint_of_socket(s->fd, &s->at);

        if (r == -ENOTSOCK || r == -EBADF)
                return "it is not a socket";
        if (r < 0)
                return "it is of no kind that sockd serves";
        if (transport_has_packets(s->at.protocol) && !s->own)
                return "it is a raw socket, which sockd opens itself";
        if (transport_has_connections(s->at.protocol)) {
                if (get_option(s->fd, SO_ACCEPTCONN) != 1)
                        return "it is not listening (Accept=yes units are not supported)";
        } else if (is_connected(s->fd))
                return "it is connected to a peer";
        if (transport_has_ports(s->at.protocol) && address_port(&s->at.address) == 0)
                return "it is not bound to a port";
        if (transport_has_path(s->at.protocol) && s->at.path_size == 0)
                return "it is not bound to a path";
        if (fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) | O_NONBLOCK) < 0)
                return "it cannot be made non-blocking";

        return NULL;
}

/* Whoever sent something before that is not known. */
static void check_credentials(const ActivationSocket *s) {
        if (s->own || !transport_has_path(s->at.protocol) ||
            transport_has_framing(s->at.protocol) || get_option(s->fd, SO_PASSCRED) != 0)
                return;
        (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, 0,
                        "descriptor %d (%s) from the service manager: the socket unit needs "
                        "PassCredentials=yes to tell who sends",
                        s->fd, s->name);
}

static void add_descriptor(Activation *a, int fd, char *name) {
        ActivationSocket s = { .fd = fd, .name = name, .own = fdstore_is_own(name) };
        const char *defect = find_defect(&s);

        a->by_unit = a->by_unit || !s.own;
        if (!defect) {
                check_credentials(&s);
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
