/* SPDX-License-Identifier: MIT */
/*
 * design: a socket unit's sockets replace the addresses of the file; our own stored ones only save
 * us the binding.
 */

#include "daemon/listener_set.h"

#include "core/macro.h"
#include "daemon/activation.h"
#include "daemon/socket.h"
#include <errno.h>
#include <string.h>

/* Tries to get the same free port for both families. */
#define PORT_TRIES 16

static int add_socket(Listener *l, int fd, const Address *local, bool inherited) {
        char text[ADDRESS_TEXT_MAX];
        int r = listener_add_socket(l, fd, local, inherited);

        if (r < 0)
                return r;

        (void)address_format(local, text);
        log_info("listener %s: listening on %s (%s)%s", l->config->name, text,
                 protocol_text(l->config->protocol),
                 inherited ? ", passed by the service manager" : "");
        return 0;
}

/*
 * The configured address covers LOCAL; port 0 in the file covers nothing but a port we chose
 * ourselves.
 */
static bool is_address_of(const ConfigListener *c, const ActivationSocket *s) {
        Address a;

        if (c->protocol != s->protocol || c->port != s->local.port)
                return false;
        if (strcmp(c->address, "*") == 0)
                return address_is_any(&s->local);

        return address_parse(c->address, c->port, &a) == 0 && address_equal(&a, &s->local);
}

static Listener *find_by_name(const ListenerSet *set, const ActivationSocket *s) {
        for (size_t i = 0; i < set->n_listeners; i++)
                if (set->listeners[i]->config->protocol == s->protocol &&
                    strcmp(set->listeners[i]->config->name, s->name) == 0)
                        return set->listeners[i];

        return NULL;
}

static Listener *find_by_address(const ListenerSet *set, const ActivationSocket *s) {
        for (size_t i = 0; i < set->n_listeners; i++)
                if (is_address_of(set->listeners[i]->config, s))
                        return set->listeners[i];

        return NULL;
}

static int new_listener(ListenerSet *set, const ConfigListener *config, Listener **ret) {
        int r = listener_new(config, &set->listeners[set->n_listeners]);

        if (r < 0)
                return r;

        if (ret)
                *ret = set->listeners[set->n_listeners];
        set->n_listeners++;
        return 0;
}

/*
 * A socket that no listener of the file matches: those of one protocol and port share one with the
 * defaults.
 */
static int find_or_add_extra(ListenerSet *set, const Config *config, const ActivationSocket *s,
                             Listener **ret) {
        ConfigListener *extra = &set->extra[set->n_extra];
        Level level = config_can_be_durable(config) ? LEVEL_DURABLE : LEVEL_WRITTEN;
        char name[32];
        int r;

        for (size_t i = 0; i < set->n_listeners; i++) {
                const ConfigListener *c = set->listeners[i]->config;

                if (c >= set->extra && c < set->extra + set->n_extra &&
                    c->protocol == s->protocol && c->port == s->local.port) {
                        *ret = set->listeners[i];
                        return 0;
                }
        }

        (void)snprintf(name, sizeof(name), "%s-%u", protocol_text(s->protocol), s->local.port);
        r = config_listener_defaults(s->protocol, name, level, extra);
        if (r < 0)
                return r;

        extra->port = s->local.port;
        set->n_extra++;
        return new_listener(set, extra, ret);
}

static int adopt(ListenerSet *set, const Config *config, ActivationSocket *s) {
        Listener *l = s->own ? NULL : find_by_name(set, s);
        int r;

        if (!l)
                l = find_by_address(set, s);
        if (!l && s->own) {
                log_info("dropping the stored socket %s, no listener wants it any more", s->name);
                return 0;
        }
        if (!l) {
                r = find_or_add_extra(set, config, s, &l);
                if (r < 0)
                        return r;
        }

        r = add_socket(l, s->fd, &s->local, true);
        if (r < 0)
                return r;

        (void)TAKE_FD(s->fd);
        return 0;
}

static int open_one(Listener *l, Address *local) {
        char text[ADDRESS_TEXT_MAX];
        _cleanup_close_ int fd = socket_open(l->config->protocol, local);
        int r;

        if (fd < 0) {
                (void)address_format(local, text);
                return log_error_errno(fd, "listener %s: cannot listen on %s (%s)", l->config->name,
                                       text, protocol_text(l->config->protocol));
        }

        r = add_socket(l, fd, local, false);
        if (r < 0)
                return r;

        (void)TAKE_FD(fd);
        return 0;
}

/* Every address of both families. A machine without IPv6 has only one. */
static int open_any(Listener *l) {
        Address v4 = { .family = AF_INET, .port = l->config->port };
        Address v6 = { .family = AF_INET6, .v6 = in6addr_any };
        _cleanup_close_ int fd4 = -EBADF, fd6 = -EBADF;
        int r;

        for (unsigned tries = 0; tries < PORT_TRIES; tries++) {
                v4.port = l->config->port;
                closep(&fd4);
                fd4 = socket_open(l->config->protocol, &v4);
                if (fd4 < 0)
                        break;

                v6.port = v4.port;
                fd6 = socket_open(l->config->protocol, &v6);
                if (fd6 != -EADDRINUSE || l->config->port != 0)
                        break;
        }
        if (fd4 < 0)
                return log_error_errno(fd4, "listener %s: cannot listen on 0.0.0.0:%u (%s)",
                                       l->config->name, l->config->port,
                                       protocol_text(l->config->protocol));
        if (fd6 < 0 && fd6 != -EAFNOSUPPORT && fd6 != -EADDRNOTAVAIL)
                return log_error_errno(fd6, "listener %s: cannot listen on [::]:%u (%s)",
                                       l->config->name, v6.port,
                                       protocol_text(l->config->protocol));

        r = add_socket(l, fd4, &v4, false);
        if (r >= 0)
                (void)TAKE_FD(fd4);
        if (r >= 0 && fd6 >= 0) {
                r = add_socket(l, fd6, &v6, false);
                if (r >= 0)
                        (void)TAKE_FD(fd6);
        }
        return r;
}

static int open_listener(Listener *l) {
        Address local;
        int r;

        if (strcmp(l->config->address, "*") == 0)
                return open_any(l);

        r = address_parse(l->config->address, l->config->port, &local);
        if (r < 0)
                return log_error_errno(r, "listener %s: cannot listen on %s", l->config->name,
                                       l->config->address);

        return open_one(l, &local);
}

static int open_all(ListenerSet *set, const Config *config, Activation *a) {
        int r;

        for (size_t i = 0; i < config->n_listeners; i++) {
                r = new_listener(set, &config->listeners[i], NULL);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < a->n_sockets; i++) {
                r = adopt(set, config, &a->sockets[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < config->n_listeners; i++) {
                Listener *l = set->listeners[i];

                if (l->sockets)
                        continue;
                if (a->by_unit) {
                        log_warning("listener %s: the service manager passed no socket for it",
                                    l->config->name);
                        continue;
                }
                r = open_listener(l);
                if (r < 0)
                        return r;
        }
        return 0;
}

int listener_set_open(const Config *config, ListenerSet *ret) {
        ListenerSet set = { 0 };
        Activation a;
        int r;

        r = activation_take(&a);
        if (r < 0)
                return r;

        set.listeners = calloc(config->n_listeners + a.n_sockets, sizeof(Listener *));
        set.extra = calloc(a.n_sockets + 1, sizeof(*set.extra));
        r = set.listeners && set.extra ? open_all(&set, config, &a) : -ENOMEM;
        activation_done(&a);
        if (r < 0) {
                listener_set_done(&set);
                return r;
        }

        *ret = set;
        return 0;
}

void listener_set_done(ListenerSet *set) {
        for (size_t i = 0; i < set->n_listeners; i++)
                (void)listener_free(set->listeners[i]);
        for (size_t i = 0; i < set->n_extra; i++)
                config_listener_done(&set->extra[i]);
        free(set->listeners);
        free(set->extra);
        *set = (ListenerSet){ 0 };
}
