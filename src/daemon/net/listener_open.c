/* SPDX-License-Identifier: MIT */
/* Address "*" takes one socket per family, with the same port. */

#include "daemon/net/listener_open.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/log.h"
#include "daemon/net/binding.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/socket.h"
#include "daemon/systemd/fdstore.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Attempts to find a port that is free in both families. */
#define PORT_TRIES 16

/* An interface that has just gone is no error. */
static int print_error(const ConfigListener *c, const Endpoint *at, int error, FILE *errors) {
        char text[ENDPOINT_TEXT_MAX];

        if (error == -ENODEV)
                return 0;

        endpoint_format(at, text);
        /* A failure to print can't be reported anywhere. */
        (void)fprintf(errors, "listener %s: cannot listen on %s (%s): %s%s\n", c->name, text,
                      protocol_text(c->protocol), strerrordesc_np(-error),
                      socket_hint(c->protocol, error));
        return error;
}

void listener_store_name(const ConfigListener *c, const Endpoint *at,
                         char ret[static FDSTORE_NAME_MAX]) {
        char mark[SOCKET_MARK_MAX];

        socket_mark(&c->groups, at, mark);
        fdstore_name(at, c->interface, mark, ret);
}

bool listener_store_name_fits(const char *name, const ConfigStrings *groups, const Endpoint *at) {
        char mark[SOCKET_MARK_MAX];
        size_t n = strlen(name), size;

        socket_mark(groups, at, mark);
        size = strlen(mark);
        if (size == 0)
                return !strchr(name, '/'); /* of groups that it had */
        return n > size && strcmp(name + n - size, mark) == 0;
}

/* Takes FD on success. */
static int add_socket(const ConfigListener *c, int fd, const Endpoint *at, ListenerSocket **l) {
        char name[FDSTORE_NAME_MAX];
        _cleanup_free_ char *copy = NULL;
        ListenerSocket *s;

        listener_store_name(c, at, name);
        copy = strdup(name);
        s = copy ? listener_socket_new(at, fd, copy) : NULL;
        if (!s)
                return -ENOMEM;

        (void)TAKE_PTR(copy);
        s->next = *l;
        *l = s;
        return 0;
}

static SocketWish wish(const ConfigListener *c, SocketPort port, uint32_t device) {
        return (SocketWish){ port, device,
                             transport_has_path(c->protocol) ? config_listener_mode(c) : 0 };
}

static int open_at(const ConfigListener *c, SocketPort port, Binding *b, FILE *errors,
                   ListenerSocket **l) {
        const SocketWish w = wish(c, port, b->index);
        _cleanup_close_ int fd = socket_open(&w, &b->at);
        int r;

        if (fd < 0)
                return print_error(c, &b->at, fd, errors);

        r = add_socket(c, fd, &b->at, l);
        if (r < 0)
                return r;

        (void)TAKE_FD(fd);
        return 0;
}

static bool has_no_such_family(int error) {
        return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

/* Opens the wildcard addresses of both families. */
static int open_any(const ConfigListener *c, SocketPort port, const Binding *b, FILE *errors,
                    ListenerSocket **l) {
        const SocketWish w = wish(c, port, b->index);
        Endpoint v4 = b->at, v6 = b->at;
        _cleanup_close_ int fd4 = -EBADF, fd6 = -EBADF;
        int r;

        v4.address.family = AF_INET;
        v6.address.family = AF_INET6;
        for (unsigned tries = 0; tries < PORT_TRIES; tries++) {
                v4.address.port = (uint16_t)c->port;
                closep(&fd4);
                fd4 = socket_open(&w, &v4);
                if (fd4 < 0)
                        break;

                v6.address.port = v4.address.port;
                fd6 = socket_open(&w, &v6);
                if (fd6 != -EADDRINUSE || c->port != 0)
                        break;
        }
        if (fd4 < 0)
                return print_error(c, &v4, fd4, errors);
        if (fd6 < 0 && !has_no_such_family(fd6))
                return print_error(c, &v6, fd6, errors);

        r = add_socket(c, fd4, &v4, l);
        if (r < 0)
                return r;
        (void)TAKE_FD(fd4);
        if (fd6 < 0)
                return 0;

        r = add_socket(c, fd6, &v6, l);
        if (r < 0)
                return r;
        (void)TAKE_FD(fd6);
        return 0;
}

/* -ENODEV: it waits (listener_look.h). */
static int get_binding(const ConfigListener *c, FILE *errors, Binding *ret) {
        int r = binding_get(c, ret);

        if (r < 0 && r != -ENODEV)
                (void)fprintf(errors, "listener %s: cannot listen on %s: %s\n", c->name, c->address,
                              strerrordesc_np(-r)); /* as above */
        return r;
}

int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l) {
        Binding b;
        int r = get_binding(c, errors, &b);

        if (r < 0)
                return r == -ENODEV ? 0 : r;
        if (b.at.address.family == AF_UNSPEC)
                return open_any(c, port, &b, errors, l);
        return open_at(c, port, &b, errors, l);
}

int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l) {
        SocketWish w;
        Binding b;
        int r = get_binding(c, errors, &b);
        int fd;

        if (r < 0)
                return r == -ENODEV ? 0 : r;
        b.at.address.family = family;
        w = wish(c, port, b.index);
        fd = socket_open(&w, &b.at);
        if (fd < 0)
                return has_no_such_family(fd) ? 0 : print_error(c, &b.at, fd, errors);

        r = add_socket(c, fd, &b.at, l);
        if (r < 0)
                (void)close(fd); /* nothing was received through it */
        return r;
}

/* Its name in the descriptor store says which one it has made. */
static bool has_file(const ListenerSocket *s) {
        const ConfigStrings none = { 0 };

        return !s->by_unit && transport_has_path(s->at.protocol) && s->at.path[0] != '@' &&
               listener_store_name_fits(s->name, &none, &s->at);
}

void listener_unlink(const ListenerSocket *s) {
        if (has_file(s))
                (void)unlink(s->at.path); /* what stays is replaced by whoever listens there next */
}

void listener_set_mode(const ListenerSocket *s) {
        const ConfigListener *c = s->listener->config;
        char text[ENDPOINT_TEXT_MAX];

        if (!has_file(s) || chmod(s->at.path, config_listener_mode(c)) >= 0)
                return;

        endpoint_format(&s->at, text);
        (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, -errno,
                        "listener %s: cannot change the mode of %s, ignoring", c->name, text);
}

bool listener_open_is_in_the_way(const ConfigListener *c, const Endpoint *leaving) {
        if (transport_has_path(c->protocol) && transport_has_path(leaving->protocol))
                return strcmp(c->path, leaving->path) == 0;

        return transport_has_ports(c->protocol) && c->protocol == leaving->protocol &&
               c->port == address_port(&leaving->address);
}

int listener_start(const ConfigListener *c, const ListenerSocket *s, FILE *errors) {
        int r = socket_base_start(s->fd, s->at.protocol);

        return r < 0 ? print_error(c, &s->at, r, errors) : 0;
}
