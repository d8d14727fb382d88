/* SPDX-License-Identifier: MIT */
/* From the server's objects to dictionaries. Counters are read, nothing is locked for long. */

#include "daemon/control_report.h"

#include "config/setting.h"
#include "core/macro.h"
#include "daemon/control_dict.h"
#include "daemon/listener_socket.h"
#include "daemon/output_flush.h"
#include "daemon/quota.h"
#include "daemon/server.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#ifndef PACKAGE_VERSION
#error "PACKAGE_VERSION comes from the build"
#endif

static const ControlField account_fields[] = {
        { "received", offsetof(StatsAccount, received) },
        { "recorded", offsetof(StatsAccount, recorded) },
        { "refused", offsetof(StatsAccount, refused) },
        { "failed", offsetof(StatsAccount, failed) },
        { "waiting", offsetof(StatsAccount, waiting) },
        { "bytes", offsetof(StatsAccount, bytes) },
        { "truncated", offsetof(StatsAccount, truncated) },
        { "bad_frames", offsetof(StatsAccount, bad_frames) },
        { "kernel_drops", offsetof(StatsAccount, kernel_drops) },
        { "connections_accepted", offsetof(StatsAccount, connections_accepted) },
        { "connections_refused", offsetof(StatsAccount, connections_refused) },
};

static const ControlField peer_fields[] = {
        { "received", offsetof(Peer, received) },
        { "bytes", offsetof(Peer, bytes) },
        { "refused", offsetof(Peer, refused) },
        { "connections_accepted", offsetof(Peer, connections_accepted) },
        { "first_seen_usec", offsetof(Peer, first_seen_usec) },
        { "last_seen_usec", offsetof(Peer, last_seen_usec) },
};

const char *control_report_state(const Server *s) {
        return s->stopping ? "stopping" : s->reload ? "reloading" : "running";
}

static int append_account(sd_bus_message *m, const StatsAccount *a) {
        return control_dict_fields(m, account_fields, ELEMENTSOF(account_fields), a);
}

/* All workers' tables as one. Returns how many there are, or -ENOMEM. */
static ssize_t collect_peers(const Server *s, Peer **ret) {
        _cleanup_free_ Peer *peers = reallocarray(NULL, s->n_workers * PEERS_MAX, sizeof(*peers));
        size_t n = 0;

        if (!peers)
                return -ENOMEM;

        for (size_t i = 0; i < s->n_workers; i++)
                n += peers_copy(s->workers[i].peers, peers + n);
        n = peers_merge(peers, n);
        *ret = TAKE_PTR(peers);
        return (ssize_t)MIN(n, (size_t)PEERS_MAX);
}

static int append_process(const Server *s, sd_bus_message *m) {
        const Setting *level = setting_find(SETTING_TOP, "log_level");
        int r;

        r = control_dict_text(m, "version", PACKAGE_VERSION);
        if (r >= 0)
                r = control_dict_text(m, "state", control_report_state(s));
        if (r >= 0)
                r = control_dict_u64(m, "since_usec", s->start_usec);
        if (r >= 0)
                r = control_dict_u32(m, "pid", (uint32_t)getpid());
        if (r >= 0)
                r = control_dict_text(m, "config", s->config_path);
        if (r >= 0)
                r = control_dict_text(m, "reload_error", s->service.reload_error);
        if (r >= 0)
                r = control_dict_text(m, "log_level", level->word((unsigned)log_level()));
        return r < 0 ? r : control_dict_u32(m, "workers", (uint32_t)s->n_workers);
}

int control_report_status(const Server *s, sd_bus_message *m) {
        const StatsAccount a = listener_set_totals(&s->set);
        uint64_t n_forgotten = 0;
        int r;

        for (size_t i = 0; i < s->n_workers; i++)
                n_forgotten += peers_forgotten(s->workers[i].peers);
        r = control_dict_open(m);
        if (r >= 0)
                r = append_process(s, m);
        if (r >= 0)
                r = control_dict_u64(m, "connections", quota_streams(s->quota));
        if (r >= 0)
                r = control_dict_u64(m, "connections_max", s->config->limits.connections);
        if (r >= 0)
                r = control_dict_u64(m, "peers_forgotten", n_forgotten);
        if (r >= 0)
                r = append_account(m, &a);
        return r < 0 ? r : control_dict_close(m);
}

static int append_addresses(const Listener *l, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'e', "sv");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", "addresses");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "s");
        for (const ListenerSocket *s = l->sockets; s && r >= 0; s = s->next) {
                char text[ADDRESS_TEXT_MAX];

                if (s->leaving)
                        continue;
                (void)address_format(&s->local, text);
                r = sd_bus_message_append(m, "s", text);
        }
        for (unsigned i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_latency(const Listener *l, sd_bus_message *m) {
        const HistogramCounts c = histogram_read(&l->stats.receipt_latency);
        int r = control_dict_u64(m, "receipts", c.n);

        if (r >= 0)
                r = control_dict_u64(m, "receipt_latency_sum_usec", c.sum_usec);
        if (r >= 0)
                r = control_dict_u64s(m, "receipt_latency_bounds_usec", histogram_bounds_usec,
                                      HISTOGRAM_BOUNDS);
        return r < 0 ? r
                     : control_dict_u64s(m, "receipt_latency_counts", c.counts,
                                         ELEMENTSOF(c.counts));
}

static int append_listener(const Listener *l, sd_bus_message *m) {
        const StatsAccount a = stats_read(&l->stats);
        const ConfigListener *c = l->config;
        uint64_t n_streams = 0;
        bool by_unit = false;
        int r;

        for (ListenerSocket *s = l->sockets; s; s = s->next) {
                n_streams += atomic_load(&s->n_streams);
                by_unit = by_unit || s->by_unit;
        }
        r = control_dict_open(m);
        if (r >= 0)
                r = control_dict_text(m, "listener", c->name);
        if (r >= 0)
                r = control_dict_text(m, "protocol", protocol_text(c->protocol));
        if (r >= 0)
                r = append_addresses(l, m);
        if (r >= 0)
                r = control_dict_bool(m, "socket_unit", by_unit);
        if (r >= 0)
                r = control_dict_text(m, "framing",
                                      c->protocol == PROTOCOL_TCP ? framing_text(c->framing) : "");
        if (r >= 0)
                r = control_dict_text(m, "acknowledge", level_text(c->acknowledge));
        if (r >= 0)
                r = control_dict_u64(m, "connections", n_streams);
        if (r >= 0)
                r = append_account(m, &a);
        if (r >= 0)
                r = append_latency(l, m);
        return r < 0 ? r : control_dict_close(m);
}

int control_report_listeners(const Server *s, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "a{sv}");

        for (size_t i = 0; i < s->set.n_listeners && r >= 0; i++)
                r = append_listener(s->set.listeners[i], m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_damage(Output *o, sd_bus_message *m) {
        uint64_t n = atomic_load(&o->stats.damaged);
        _cleanup_free_ char *name = NULL;
        int r = control_dict_u64(m, "damaged_files", n);

        if (r < 0)
                return r;

        if (n > 0) {
                name = output_flush_damaged_name(o->name, atomic_load(&o->stats.damaged_msec));
                if (!name)
                        return -ENOMEM;
        }
        return control_dict_text(m, "damaged_file", name ? name : "");
}

static int append_output(Output *o, sd_bus_message *m) {
        int error = atomic_load(&o->error), r;

        r = control_dict_open(m);
        if (r >= 0)
                r = control_dict_text(m, "output", o->name);
        if (r >= 0)
                r = control_dict_text(m, "type", output_type_text(o->type));
        if (r >= 0)
                r = control_dict_text(m, "format", format_text(o->format));
        if (r >= 0)
                r = control_dict_text(m, "when_full", when_full_text(o->when_full));
        if (r >= 0)
                r = control_dict_text(m, "state", error > 0 ? "fails" : "works");
        if (r >= 0)
                r = control_dict_text(m, "error", error > 0 ? strerrordesc_np(error) : "");
        if (r >= 0)
                r = control_dict_u64(m, "recorded", atomic_load(&o->stats.recorded));
        if (r >= 0)
                r = control_dict_u64(m, "dropped", atomic_load(&o->stats.dropped));
        if (r >= 0)
                r = control_dict_u64(m, "failed", atomic_load(&o->stats.failed));
        if (r >= 0)
                r = control_dict_u64(m, "buffer_bytes", buffer_pool_used(o->pool));
        if (r >= 0)
                r = control_dict_u64(m, "buffer_max_bytes", buffer_pool_max(o->pool));
        if (r >= 0)
                r = append_damage(o, m);
        return r < 0 ? r : control_dict_close(m);
}

int control_report_outputs(const Server *s, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "a{sv}");

        for (size_t i = 0; i < s->n_outputs && r >= 0; i++)
                r = append_output(s->outputs[i], m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_peer(const Peer *p, sd_bus_message *m) {
        char text[ADDRESS_TEXT_MAX];
        int r = control_dict_open(m);

        (void)address_format_host(&p->address, text);
        if (r >= 0)
                r = control_dict_text(m, "peer_address", text);
        if (r >= 0)
                r = control_dict_fields(m, peer_fields, ELEMENTSOF(peer_fields), p);
        return r < 0 ? r : control_dict_close(m);
}

int control_report_peers(const Server *s, sd_bus_message *m) {
        _cleanup_free_ Peer *peers = NULL;
        ssize_t n = collect_peers(s, &peers);
        int r;

        if (n < 0)
                return (int)n;

        r = sd_bus_message_open_container(m, 'a', "a{sv}");
        for (ssize_t i = 0; i < n && r >= 0; i++)
                r = append_peer(&peers[i], m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}
