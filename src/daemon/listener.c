/* SPDX-License-Identifier: MIT */
/* What the sockets of a listener have in common. */

#include "daemon/listener.h"

#include "core/macro.h"
#include "daemon/listener_socket.h"
#include <inttypes.h>

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

void listener_log_account(const Listener *l) {
        const StatsAccount a = stats_read(&l->stats);

        log_info("listener %s: %" PRIu64 " received, %" PRIu64 " recorded, %" PRIu64
                 " refused, %" PRIu64 " failed, %" PRIu64 " waiting, %" PRIu64
                 " truncated, %" PRIu64 " bad frames, %" PRIu64 " lost in the kernel",
                 l->config->name, a.received, a.recorded, a.refused, a.failed, a.waiting,
                 a.truncated, a.bad_frames, a.kernel_drops);
}

void listener_configure(Listener *l, ConfigListener *config, const Receipt *receipt) {
        free_config(l->config);
        l->config = config;
        l->receipt = receipt;
}
