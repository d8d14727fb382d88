/* SPDX-License-Identifier: MIT */
/* What can be asked of a Config, and freeing it; see config.h. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

Config *config_free(Config *c) {
        if (!c)
                return NULL;

        for (size_t i = 0; i < c->n_listeners; i++)
                config_listener_done(&c->listeners[i]);
        for (size_t i = 0; i < c->n_outputs; i++) {
                free(c->outputs[i].name);
                free(c->outputs[i].path);
                free(c->outputs[i].mode);
                free(c->outputs[i].group);
        }
        for (unsigned i = 0; i < c->n_routes; i++)
                free(c->routes[i].outputs);
        free(c->routes);
        free(c->listeners);
        free(c->outputs);
        free(c);
        return NULL;
}

const ConfigListener *config_find_listener(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_listeners; i++)
                if (strcmp(c->listeners[i].name, name) == 0)
                        return &c->listeners[i];
        return NULL;
}
