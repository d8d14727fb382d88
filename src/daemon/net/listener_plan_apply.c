/* SPDX-License-Identifier: MIT */
/* The part that cannot fail. */

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/net/credentials.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_open.h"
#include "daemon/net/listener_plan.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/membership.h"
#include "daemon/net/socket.h"
#include "daemon/systemd/fdstore.h"
#include <string.h>
#include <sys/socket.h>

static void unlink_socket(ListenerSet *set, ListenerSocket *s) {
        ListenerSocket **p = s->listener ? &s->listener->sockets : &set->loose;

        while (*p != s)
                p = &(*p)->next;
        *p = s->next;
}

static void link_socket(Listener *l, ListenerSocket *s) {
        s->listener = l;
        s->next = l->sockets;
        l->sockets = s;
}

/* Whether another socket gets the port of S. */
static bool is_replaced(const ListenerPlan *p, const ListenerSocket *s) {
        for (size_t i = 0; i < p->n_listeners; i++) {
                const ConfigListener *c = p->listeners[i].listener->config;

                if (p->listeners[i].late && listener_open_is_in_the_way(c, &s->at))
                        return true;
        }
        return false;
}

/* A served socket may have streams: its worker drains and closes it. */
static void give_up_socket(const ListenerPlan *p, ListenerSet *set, ListenerSocket *s) {
        listener_unlink(s);
        if (s->stored)
                fdstore_drop(s->name);
        s->stored = false;
        if (s->served) {
                s->leaving = true;
                s->replaced = is_replaced(p, s);
                if (transport_has_proxies(s->at.protocol))
                        socket_end_handshakes(s->fd);
                return;
        }

        log_info("dropping the stored socket %s, no listener uses it", s->name);
        unlink_socket(set, s);
        /* The service manager may take a moment to close its copy. */
        (void)shutdown(s->fd, SHUT_RDWR);
        (void)listener_socket_free(s);
}

/* Before the settings change. */
static void change_groups(const PlannedMove *m) {
        const ConfigStrings none = { 0 };

        if (m->to && transport_has_groups(m->socket->at.protocol))
                membership_change(m->socket,
                                  m->socket->listener ? &m->socket->listener->config->groups
                                                      : &none,
                                  &m->to->config->groups);
}

/* The service manager has it with the groups in its name. */
static void rename_stored(ListenerSocket *s) {
        char name[FDSTORE_NAME_MAX];
        char *copy;

        if (!s->stored || s->by_unit ||
            listener_store_name_fits(s->name, &s->listener->config->groups, &s->at))
                return;

        listener_store_name(s->listener->config, &s->at, name);
        copy = strdup(name);
        if (!copy)
                return; /* a restart opens a new one */

        fdstore_drop(s->name);
        free(s->name);
        s->name = copy;
        s->stored = fdstore_put(s->fd, s->name);
}

static void log_listening(const ListenerSocket *s) {
        char text[ENDPOINT_TEXT_MAX];

        endpoint_format(&s->at, text);
        log_info("listener %s: listening on %s (%s)%s", s->listener->config->name, text,
                 protocol_text(s->at.protocol),
                 !s->stored   ? ""
                 : s->by_unit ? ", passed by the service manager"
                 : s->served  ? ""
                              : ", kept by the service manager");
}

static void apply_moves(ListenerPlan *p, ListenerSet *set) {
        for (size_t i = 0; i < p->n_moves; i++) {
                ListenerSocket *s = p->moves[i].socket;

                if (!p->moves[i].to) {
                        give_up_socket(p, set, s);
                        continue;
                }
                unlink_socket(set, s);
                link_socket(p->moves[i].to->listener, s);
                rename_stored(s);
                if (!s->served)
                        log_listening(s);
        }
}

static void apply_opened(PlannedListener *l) {
        while (l->opened) {
                ListenerSocket *s = l->opened;

                l->opened = s->next;
                link_socket(l->listener, s);
                log_listening(s);
                s->stored = fdstore_put(s->fd, s->name);
        }
}

static bool is_planned(const ListenerPlan *p, const Listener *l) {
        for (size_t i = 0; i < p->n_listeners; i++)
                if (p->listeners[i].listener == l)
                        return true;

        return false;
}

static void replace_arrays(ListenerPlan *p, ListenerSet *set) {
        size_t n = 0;

        for (; n < set->n_former; n++)
                p->former[n] = set->former[n];
        for (size_t i = 0; i < set->n_listeners; i++)
                if (!is_planned(p, set->listeners[i]))
                        p->former[n++] = set->listeners[i];
        for (size_t i = 0; i < p->n_listeners; i++)
                p->array[i] = p->listeners[i].listener;

        free(set->former);
        free(set->listeners);
        set->former = TAKE_PTR(p->former);
        set->n_former = n;
        set->listeners = TAKE_PTR(p->array);
        set->n_listeners = p->n_listeners;
}

/* Sockets that have the options already are skipped, so that no warning is repeated. */
static void configure_sockets(const Listener *l, bool changed) {
        for (const ListenerSocket *s = l->sockets; s; s = s->next) {
                if (s->leaving)
                        continue;
                listener_set_mode(s);
                if (changed || !s->served)
                        socket_configure(s->fd, l->config);
        }
}

/* Once, unless all listeners that need it are gone in between. */
static void tell_unknown_users(ListenerSet *set) {
        bool any = false;

        for (size_t i = 0; i < set->n_listeners; i++)
                any |= transport_has_path(set->listeners[i]->config->protocol);
        any = any && !credentials_are_complete();
        if (any && !set->told_unknown_users)
                (void)log_event(EVENT_USERS_UNKNOWN, NULL, LOG_WARNING, 0,
                                "sockd runs in a user namespace (PrivateUsers=), users of Unix "
                                "sockets other than its own and root cannot be told apart");
        set->told_unknown_users = any;
}

static void collect_udp_ports(ListenerSet *set) {
        set->udp_ports = (PortSet){ 0 };
        for (size_t i = 0; i < set->n_listeners; i++)
                for (const ListenerSocket *s = set->listeners[i]->sockets; s; s = s->next)
                        if (transport_has_groups(s->at.protocol) && !s->leaving)
                                port_set_add(&set->udp_ports, s->at.address.port);
}

/* Whether the sockets of a listener need other options. */
static bool has_other_options(const ConfigListener *before, const ConfigListener *c) {
        return before->receive_buffer != c->receive_buffer ||
               memcmp(&before->icmp_types, &c->icmp_types, sizeof(c->icmp_types)) != 0;
}

void listener_plan_apply(ListenerPlan *p, ListenerSet *set) {
        for (size_t i = 0; i < p->n_moves; i++)
                change_groups(&p->moves[i]);
        for (size_t i = 0; i < p->n_listeners; i++) {
                PlannedListener *l = &p->listeners[i];
                const ConfigListener *before = l->listener->config;

                l->changed = before && has_other_options(before, l->config);
                listener_configure(l->listener, TAKE_PTR(l->config), TAKE_PTR(l->access),
                                   TAKE_PTR(l->tls), l->receipt);
        }
        apply_moves(p, set);
        for (size_t i = 0; i < p->n_listeners; i++) {
                PlannedListener *l = &p->listeners[i];

                apply_opened(l);
                l->fresh = false;
                configure_sockets(l->listener, l->changed);
        }
        replace_arrays(p, set);
        collect_udp_ports(set);
        tell_unknown_users(set);
        listener_plan_done(p);
}
