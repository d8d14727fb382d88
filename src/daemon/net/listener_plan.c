/* SPDX-License-Identifier: MIT */
/*
 * The sockets of a socket unit replace the addresses in the file; our own sockets, open or stored,
 * are reused where the address matches.
 */

#include "daemon/net/listener_plan.h"

#include "config/config.h"
#include "config/config_route.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/log.h"
#include "daemon/net/access.h"
#include "daemon/net/binding.h"
#include "daemon/net/listener_open.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/socket.h"
#include <errno.h>
#include <string.h>

static bool is_at_port_zero(const ConfigListener *c, const ListenerSocket *s) {
        const ConfigListener *before = s->listener ? s->listener->config : NULL;

        return before && c->port == 0 && before->port == 0 && strcmp(before->name, c->name) == 0 &&
               strcmp(before->address, c->address) == 0 &&
               strcmp(before->interface, c->interface) == 0 && before->cid == c->cid;
}

/*
 * It may have joined any groups that the process before had in its file, and something else may have
 * been put at its path.
 */
static bool is_as_stored(const ConfigListener *c, const ListenerSocket *s) {
        return s->listener || listener_store_name_fits(s->name, &c->groups, &s->at);
}

/* Whether C covers the address of the socket. Port 0 covers only the port chosen for it. */
static bool is_address_of(const ConfigListener *c, const ListenerSocket *s) {
        Binding b;

        if (c->protocol != s->at.protocol || binding_get(c, &b) < 0)
                return false;
        if (!s->by_unit && (s->device != b.index || !is_as_stored(c, s)))
                return false;
        if (transport_has_ports(c->protocol) && c->port != address_port(&s->at.address))
                return !s->by_unit && is_at_port_zero(c, s);

        return b.at.address.family == AF_UNSPEC
                       ? address_is_any(&s->at.address) && b.at.ip_protocol == s->at.ip_protocol
                       : endpoint_is_at(&b.at, &s->at);
}

static PlannedListener *find_by_name(const ListenerPlan *p, size_t n, const ListenerSocket *s) {
        for (size_t i = 0; i < n; i++)
                /* The first N have one. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
                if (p->listeners[i].config->protocol == s->at.protocol &&
                    strcmp(p->listeners[i].config->name, s->name) == 0)
                        return &p->listeners[i];

        return NULL;
}

static PlannedListener *find_by_address(const ListenerPlan *p, size_t n, const ListenerSocket *s) {
        for (size_t i = 0; i < n; i++)
                if (is_address_of(p->listeners[i].config, s))
                        return &p->listeners[i];

        return NULL;
}

static int add_listener(ListenerPlan *p, ListenerSet *set, const ConfigListener *config,
                        FILE *errors) {
        PlannedListener *l = &p->listeners[p->n_listeners];
        int r;

        l->config = calloc(1, sizeof(*l->config));
        if (!l->config)
                return -ENOMEM;

        r = config_listener_copy(config, l->config);
        if (r < 0) {
                free(TAKE_PTR(l->config));
                return r;
        }
        p->n_listeners++;
        r = access_new(config, errors, &l->access);
        r = MIN(r, listener_tls_new(config, errors, &l->tls));
        return r < 0 ? r
                     : listener_set_get_receipt(set, config->reply, config->acknowledge,
                                                &l->receipt);
}

/* A unit's sockets that match no listener share one with defaults per protocol and port. */
static int find_or_add_extra(ListenerPlan *p, ListenerSet *set, const Config *config,
                             const ListenerSocket *s, FILE *errors, PlannedListener **ret) {
        Level level = config_can_be_durable(config, NULL) ? LEVEL_DURABLE : LEVEL_WRITTEN;
        ConfigListener extra;
        int r;

        for (size_t i = config->n_listeners; i < p->n_listeners; i++)
                if (p->listeners[i].config->protocol == s->at.protocol &&
                    p->listeners[i].config->port == address_port(&s->at.address)) {
                        *ret = &p->listeners[i];
                        return 0;
                }

        r = config_listener_defaults(s->at.protocol, address_port(&s->at.address), level, &extra);
        if (r < 0)
                return r;

        extra.route = config_route_of_all(config);

        *ret = &p->listeners[p->n_listeners];
        r = add_listener(p, set, &extra, errors);
        config_listener_done(&extra);
        return r;
}

/* L stays the same object, unless one of them was claimed already. */
static void claim(const ListenerPlan *p, PlannedListener *l, Listener *listener) {
        for (size_t i = 0; i < p->n_listeners; i++)
                if (p->listeners[i].listener == listener)
                        return;

        if (!l->listener)
                l->listener = listener;
}

static int plan_move(ListenerPlan *p, ListenerSet *set, const Config *config, ListenerSocket *s,
                     FILE *errors) {
        PlannedListener *to = s->by_unit ? find_by_name(p, config->n_listeners, s) : NULL;
        int r;

        if (!to)
                to = find_by_address(p, config->n_listeners, s);
        if (!to && s->by_unit) {
                r = find_or_add_extra(p, set, config, s, errors, &to);
                if (r < 0)
                        return r;
        }
        if (to) {
                to->n_reused++;
                if (s->listener)
                        claim(p, to, s->listener);
        }
        p->moves[p->n_moves++] = (PlannedMove){ .socket = s, .to = to };
        return 0;
}

/*
 * A listener that moves to other addresses stays the same object: its counters go on, and new lists
 * hold for its old sockets too while these leave.
 */
static void claim_by_name(ListenerPlan *p, const ListenerSet *set) {
        for (size_t i = 0; i < set->n_listeners; i++) {
                const ConfigListener *before = set->listeners[i]->config;

                for (size_t j = 0; j < p->n_listeners; j++)
                        if (p->listeners[j].config->protocol == before->protocol &&
                            strcmp(p->listeners[j].config->name, before->name) == 0)
                                claim(p, &p->listeners[j], set->listeners[i]);
        }
}

static int plan_moves(ListenerPlan *p, ListenerSet *set, const Config *config, FILE *errors) {
        int r = 0;

        for (ListenerSocket *s = set->loose; s && r >= 0; s = s->next)
                r = plan_move(p, set, config, s, errors);
        for (size_t i = 0; i < set->n_listeners; i++)
                for (ListenerSocket *s = set->listeners[i]->sockets; s && r >= 0; s = s->next)
                        if (!s->leaving)
                                r = plan_move(p, set, config, s, errors);
        if (r >= 0)
                claim_by_name(p, set);
        return r;
}

/* Whether one of the sockets that L keeps is of FAMILY. */
static bool has_socket_of(const ListenerPlan *p, const PlannedListener *l, uint16_t family) {
        for (size_t i = 0; i < p->n_moves; i++)
                if (p->moves[i].to == l && p->moves[i].socket->at.address.family == family)
                        return true;

        return false;
}

/*
 * A listener changes between one address and all addresses of a port: the old socket holds the port
 * until the new one is open. Returns whether there is such a socket.
 */
static bool set_leaving_port(const ListenerPlan *p, const ConfigListener *c, SocketPort port) {
        bool any = false;

        for (size_t i = 0; i < p->n_moves; i++) {
                const ListenerSocket *s = p->moves[i].socket;

                if (p->moves[i].to || !listener_open_is_in_the_way(c, &s->at))
                        continue;
                socket_base_set_port(s->fd, port);
                any = true;
        }
        return any;
}

static bool list_has_leaving_port(Listener *const *list, size_t n, const ConfigListener *c) {
        for (size_t i = 0; i < n; i++)
                for (const ListenerSocket *s = list[i]->sockets; s; s = s->next)
                        if (s->leaving && listener_open_is_in_the_way(c, &s->at))
                                return true;

        return false;
}

/* A socket may be leaving since the last reload: it is closed before listener_plan_open_late(). */
static bool has_leaving_port(const ListenerSet *set, const ConfigListener *c) {
        return list_has_leaving_port(set->listeners, set->n_listeners, c) ||
               list_has_leaving_port(set->former, set->n_former, c);
}

/* A path has one socket only: what is leaving gives it up before the other one is bound. */
static void make_way(const ListenerPlan *p, const ConfigListener *c) {
        for (size_t i = 0; i < p->n_moves; i++)
                if (!p->moves[i].to && transport_has_path(c->protocol) &&
                    listener_open_is_in_the_way(c, &p->moves[i].socket->at))
                        listener_unlink(p->moves[i].socket);
}

static int open_sockets(const ListenerPlan *p, PlannedListener *l, SocketPort port, FILE *errors) {
        if (l->n_reused == 0)
                return listener_open(l->config, port, errors, &l->opened);
        if (!has_socket_of(p, l, AF_INET6))
                return listener_open_other(l->config, AF_INET6, port, errors, &l->opened);
        return listener_open_other(l->config, AF_INET, port, errors, &l->opened);
}

static bool is_complete(const ListenerPlan *p, const PlannedListener *l) {
        if (!transport_has_address(l->config->protocol) || strcmp(l->config->address, "*") != 0)
                return l->n_reused > 0;

        return has_socket_of(p, l, AF_INET) && has_socket_of(p, l, AF_INET6);
}

/* Then it has no sockets, and takes no port from one that is leaving. */
static bool waits_for_interface(const ConfigListener *c) {
        Binding ignored;

        return binding_get(c, &ignored) == -ENODEV;
}

/* Opens the missing sockets of a listener, unless they come from a socket unit. */
static int open_missing(ListenerPlan *p, const ListenerSet *set, PlannedListener *l, FILE *errors) {
        int r = 0;

        if (set->by_unit && l->n_reused == 0)
                log_warning("listener %s: the service manager passed no socket for it",
                            l->config->name);
        if (!set->by_unit && !is_complete(p, l) && !waits_for_interface(l->config)) {
                l->late = set_leaving_port(p, l->config, SOCKET_PORT_OWN) ||
                          has_leaving_port(set, l->config);
                if (!l->late)
                        r = open_sockets(p, l, SOCKET_PORT_OWN, errors);
        }
        if (r < 0)
                return r;

        l->fresh = !l->listener;
        if (l->fresh)
                l->listener = listener_new();
        return l->listener ? 0 : -ENOMEM;
}

static int start_late(const ListenerPlan *p, FILE *errors) {
        int r = 0;

        for (size_t i = 0; i < p->n_listeners && r >= 0; i++)
                for (ListenerSocket *s = p->listeners[i].opened; s && r >= 0; s = s->next)
                        if (p->listeners[i].late)
                                r = listener_start(p->listeners[i].config, s, errors);
        return r;
}

static void set_late_ports(const ListenerPlan *p, SocketPort port) {
        for (size_t i = 0; i < p->n_listeners; i++)
                if (p->listeners[i].late)
                        (void)set_leaving_port(p, p->listeners[i].config, port);
}

/* Those of the protocols that have the property. */
static int open_late(ListenerPlan *p, bool (*property)(Protocol), FILE *errors) {
        int r = 0;

        for (size_t i = 0; i < p->n_listeners; i++) {
                PlannedListener *l = &p->listeners[i];

                if (!l->late || !property(l->config->protocol))
                        continue;
                make_way(p, l->config);
                r = MIN(r, open_sockets(p, l, SOCKET_PORT_SHARED, errors));
        }
        return r;
}

/* What makes way for another socket at its path cannot come back: that is last. */
int listener_plan_open_late(ListenerPlan *p, FILE *errors) {
        int r;

        set_late_ports(p, SOCKET_PORT_SHARED);
        r = open_late(p, transport_has_ports, errors);
        if (r >= 0)
                r = open_late(p, transport_has_path, errors);
        /* Once all are bound, because clients can connect from then on. */
        if (r >= 0)
                r = start_late(p, errors);
        set_late_ports(p, SOCKET_PORT_OWN);
        return r;
}

static size_t count_sockets(const ListenerSet *set) {
        size_t n = 0;

        for (const ListenerSocket *s = set->loose; s; s = s->next)
                n++;
        for (size_t i = 0; i < set->n_listeners; i++)
                for (const ListenerSocket *s = set->listeners[i]->sockets; s; s = s->next)
                        n++;
        return n;
}

static int make_plan(ListenerPlan *p, ListenerSet *set, const Config *config, FILE *errors) {
        size_t n_sockets = count_sockets(set), n_max = config->n_listeners + n_sockets;
        int r = 0;

        p->listeners = calloc(n_max, sizeof(*p->listeners));
        p->moves = calloc(n_sockets + 1, sizeof(*p->moves));
        p->array = calloc(n_max, sizeof(Listener *));
        p->former = calloc(set->n_former + set->n_listeners + 1, sizeof(Listener *));
        if (!p->listeners || !p->moves || !p->array || !p->former)
                return -ENOMEM;

        for (size_t i = 0; i < config->n_listeners && r != -ENOMEM; i++)
                r = MIN(r, add_listener(p, set, &config->listeners[i], errors));
        if (r >= 0)
                r = plan_moves(p, set, config, errors);
        if (r < 0)
                return r;

        for (size_t i = 0; i < p->n_listeners; i++)
                r = MIN(r, open_missing(p, set, &p->listeners[i], errors));
        return r;
}

int listener_plan_make(ListenerSet *set, const Config *config, FILE *errors, ListenerPlan *ret) {
        ListenerPlan p = { 0 };
        int r = make_plan(&p, set, config, errors);

        if (r == -ENOMEM) /* a failure to print can't be reported anywhere */
                (void)fputs("out of memory\n", errors);
        if (r < 0) {
                listener_plan_done(&p);
                return r;
        }

        *ret = p;
        return 0;
}

void listener_plan_done(ListenerPlan *p) {
        for (size_t i = 0; i < p->n_listeners; i++) {
                PlannedListener *l = &p->listeners[i];

                while (l->opened) {
                        ListenerSocket *s = l->opened;

                        l->opened = s->next;
                        listener_unlink(s);
                        (void)listener_socket_free(s);
                }
                if (l->fresh)
                        (void)listener_free(l->listener);
                if (l->config)
                        config_listener_done(l->config);
                free(l->config);
                (void)access_free(l->access);
                (void)listener_tls_unref(l->tls);
        }
        free(p->listeners);
        free(p->moves);
        free(p->array);
        free(p->former);
        *p = (ListenerPlan){ 0 };
}
