/* SPDX-License-Identifier: MIT */
/* What the sockets of a listener have in common. */

#include "daemon/listener.h"

#include "core/macro.h"
#include "daemon/listener_socket.h"

Listener *listener_new(void) {
        return calloc(1, sizeof(Listener));
}

static void free_config(ConfigListener *c) {
        if (c)
                config_listener_done(c);
        free(c);
}

Listener *listener_free(Listener *l) {
        if (!l)
                return NULL;

        while (l->sockets) {
                ListenerSocket *s = l->sockets;

                l->sockets = s->next;
                (void)listener_socket_free(s);
        }
        free_config(l->config);
        free(l);
        return NULL;
}

void listener_configure(Listener *l, ConfigListener *config, const Receipt *receipt) {
        free_config(l->config);
        l->config = config;
        l->receipt = receipt;
}
