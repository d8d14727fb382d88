/* SPDX-License-Identifier: MIT */
/* Address "*" takes one socket per family, with the same port. */

#include "daemon/net/listener_open.h"

#include "core/macro.h"
#include "daemon/net/binding.h"
#include "daemon/net/listener_socket.h"
#include "daemon/systemd/fdstore.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Attempts to find a port that is free in both families. */
#define PORT_TRIES 16
#define GROUPS_TEXT_MAX sizeof("/01234567")

/*
 * bind(2) says EACCES for a port that is reserved for CAP_NET_BIND_SERVICE, and for nothing else. An
 * interface that has just gone is no error.
 */
static int print_error(const ConfigListener *c, const Address *local, int error, FILE *errors) {
        char text[ADDRESS_TEXT_MAX];

        if (error == -ENODEV)
                return 0;

        (void)address_format(local, text);
        /* A failure to print can't be reported anywhere. */
        (void)fprintf(errors, "listener %s: cannot listen on %s (%s): %s%s\n", c->name, text,
                      protocol_text(c->protocol), strerrordesc_np(-error),
                      error == -EACCES ? "; a port below 1024 needs the drop-in "
                                         "privileged-ports.conf, see \"port\" in sockd.conf(5)"
                                       : "");
        return error;
}

/* FNV-1a, which is enough to tell the lists of one file apart. */
static void format_groups(const ConfigListener *c, char ret[static GROUPS_TEXT_MAX]) {
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < c->groups.n; i++)
                for (const char *p = c->groups.items[i];; p++) {
                        hash = (hash ^ (unsigned char)*p) * 16777619u;
                        if (!*p)
                                break;
                }
        ret[0] = '\0';
        if (c->groups.n > 0)
                (void)snprintf(ret, GROUPS_TEXT_MAX, "/%08" PRIx32, hash);
}

void listener_store_name(const ConfigListener *c, const Address *local,
                         char ret[static FDSTORE_NAME_MAX]) {
        char groups[GROUPS_TEXT_MAX];

        format_groups(c, groups);
        fdstore_name(c->protocol, local, c->interface, groups, ret);
}

bool listener_store_name_has_groups(const char *name, const ConfigListener *c) {
        char groups[GROUPS_TEXT_MAX];

        format_groups(c, groups);
        return strcmp(strchrnul(name, '/'), groups) == 0;
}

/* Takes FD on success. */
static int add_socket(const ConfigListener *c, int fd, const Address *local, ListenerSocket **l) {
        char name[FDSTORE_NAME_MAX];
        _cleanup_free_ char *copy = NULL;
        ListenerSocket *s;

        listener_store_name(c, local, name);
        copy = strdup(name);
        s = copy ? listener_socket_new(c->protocol, fd, local, copy) : NULL;
        if (!s)
                return -ENOMEM;

        (void)TAKE_PTR(copy);
        s->next = *l;
        *l = s;
        return 0;
}

static int open_at(const ConfigListener *c, SocketPort port, Binding *b, FILE *errors,
                   ListenerSocket **l) {
        _cleanup_close_ int fd = socket_open(c->protocol, port, b->index, &b->local);
        int r;

        if (fd < 0)
                return print_error(c, &b->local, fd, errors);

        r = add_socket(c, fd, &b->local, l);
        if (r < 0)
                return r;

        (void)TAKE_FD(fd);
        return 0;
}

static bool has_no_such_family(int error) {
        return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

/* Opens the wildcard addresses of both families. */
static int open_any(const ConfigListener *c, SocketPort port, uint32_t device, FILE *errors,
                    ListenerSocket **l) {
        Address v4 = { .family = AF_INET, .port = c->port };
        Address v6 = { .family = AF_INET6, .v6 = in6addr_any };
        _cleanup_close_ int fd4 = -EBADF, fd6 = -EBADF;
        int r;

        for (unsigned tries = 0; tries < PORT_TRIES; tries++) {
                v4.port = c->port;
                closep(&fd4);
                fd4 = socket_open(c->protocol, port, device, &v4);
                if (fd4 < 0)
                        break;

                v6.port = v4.port;
                fd6 = socket_open(c->protocol, port, device, &v6);
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
        if (b.local.family == AF_UNSPEC)
                return open_any(c, port, b.index, errors, l);
        return open_at(c, port, &b, errors, l);
}

int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l) {
        Address local = { .family = family, .port = c->port };
        Binding b;
        int r = get_binding(c, errors, &b);
        int fd;

        if (r < 0)
                return r == -ENODEV ? 0 : r;
        fd = socket_open(c->protocol, port, b.index, &local);
        if (fd < 0)
                return has_no_such_family(fd) ? 0 : print_error(c, &local, fd, errors);

        r = add_socket(c, fd, &local, l);
        if (r < 0)
                (void)close(fd); /* nothing was received through it */
        return r;
}

int listener_start(const ConfigListener *c, const ListenerSocket *s, FILE *errors) {
        int r = socket_start(s->fd, s->protocol);

        return r < 0 ? print_error(c, &s->local, r, errors) : 0;
}
