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
        for (size_t i = 0; i < c->n_outputs; i++)
                free(c->outputs[i].path);
        free(c->listeners);
        free(c->outputs);
        free(c);
        return NULL;
}

bool config_can_be_durable(const Config *c) {
        for (size_t i = 0; i < c->n_outputs; i++) {
                const ConfigOutput *o = &c->outputs[i];

                if (o->type == OUTPUT_FILE && o->when_full == WHEN_FULL_WAIT && o->path &&
                    strcmp(o->path, "-") != 0)
                        return true;
        }
        return false;
}

const ConfigListener *config_find_listener(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_listeners; i++)
                if (strcmp(c->listeners[i].name, name) == 0)
                        return &c->listeners[i];
        return NULL;
}
