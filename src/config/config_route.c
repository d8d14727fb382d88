/* SPDX-License-Identifier: MIT */
/* There are few outputs and few routes: each is compared with each. */
#include "config/config_route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/macro.h"

const ConfigOutput *config_find_output(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_outputs; i++)
                if (c->outputs[i].name && strcmp(c->outputs[i].name, name) == 0)
                        return &c->outputs[i];
        return NULL;
}

bool config_listener_has_output(const ConfigListener *l, const ConfigOutput *o) {
        if (!l || l->outputs.n == 0)
                return true;

        for (size_t i = 0; i < l->outputs.n; i++)
                if (o->name && strcmp(l->outputs.items[i], o->name) == 0)
                        return true;
        return false;
}

bool config_can_be_durable(const Config *c, const ConfigListener *l) {
        for (size_t i = 0; i < c->n_outputs; i++) {
                const ConfigOutput *o = &c->outputs[i];

                if (config_listener_has_output(l, o) && o->type != OUTPUT_JOURNAL &&
                    o->when_full != WHEN_FULL_DROP && (!o->path || strcmp(o->path, "-") != 0))
                        return true;
        }
        return c->n_outputs == 0;
}

/* All that L sends to, in the order of the file. Returns 0 or -ENOMEM. */
static int collect(const Config *c, const ConfigListener *l, ConfigRoute *ret) {
        ConfigRoute r = { calloc(c->n_outputs, sizeof(size_t)), 0 };

        if (!r.outputs)
                return -ENOMEM;

        for (size_t i = 0; i < c->n_outputs; i++)
                if (config_listener_has_output(l, &c->outputs[i]))
                        r.outputs[r.n++] = i;
        *ret = r;
        return 0;
}

static bool is_same(const ConfigRoute *a, const ConfigRoute *b) {
        return a->n == b->n && memcmp(a->outputs, b->outputs, a->n * sizeof(size_t)) == 0;
}

/* Takes R unless there is such a route. */
static unsigned add_route(Config *c, ConfigRoute *r) {
        for (unsigned i = 0; i < c->n_routes; i++)
                if (is_same(&c->routes[i], r)) {
                        free(r->outputs);
                        return i;
                }

        c->routes[c->n_routes] = *r;
        return c->n_routes++;
}

/* Returns its index, or -ENOMEM. */
static int find_or_add_route(Config *c, const ConfigListener *l) {
        ConfigRoute route;

        return collect(c, l, &route) < 0 ? -ENOMEM : (int)add_route(c, &route);
}

int config_routes_make(Config *c) {
        int r = 0;

        c->routes = calloc(c->n_listeners + 1, sizeof(*c->routes));
        if (!c->routes)
                return -ENOMEM;

        for (size_t i = 0; i < c->n_listeners && r >= 0; i++) {
                r = find_or_add_route(c, &c->listeners[i]);
                c->listeners[i].route = (unsigned)MAX(r, 0);
                for (size_t j = 0; j < c->n_outputs; j++)
                        c->outputs[j].n_senders += config_listener_has_output(&c->listeners[i],
                                                                              &c->outputs[j]);
        }
        if (r >= 0)
                r = find_or_add_route(c, NULL);
        return MIN(r, 0);
}

unsigned config_route_of_all(const Config *c) {
        unsigned i = 0;

        while (i < c->n_routes && c->routes[i].n < c->n_outputs)
                i++;
        return i;
}
