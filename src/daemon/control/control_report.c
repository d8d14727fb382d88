/* SPDX-License-Identifier: MIT */
/* Reads counters of all objects; locks nothing for long. */

#include "daemon/control/control_report.h"

#include "config/config.h"
#include "config/setting.h"
#include "core/clock.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/transport.h"
#include "daemon/base/log_recent.h"
#include "daemon/control/control_dict.h"
#include "daemon/control/status.h"
#include "daemon/engine/engine.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/streams.h"
#include "daemon/output/output_damaged.h"
#include "daemon/output/output_files.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"
#include "tls/tls.h"
#include <errno.h>
#include <string.h>

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
        { "timed_out", offsetof(StatsAccount, timed_out) },
        { "cut_off", offsetof(StatsAccount, cut_off) },
        { "unanswerable", offsetof(StatsAccount, unanswerable) },
        { "descriptors_refused", offsetof(StatsAccount, descriptors_refused) },
        { "bytes_skipped", offsetof(StatsAccount, bytes_skipped) },
        { "bad_frames", offsetof(StatsAccount, bad_frames) },
        { "syslog_bad", offsetof(StatsAccount, syslog_bad) },
        { "kernel_drops", offsetof(StatsAccount, kernel_drops) },
        { "connections_accepted", offsetof(StatsAccount, connections_accepted) },
        { "connections_refused", offsetof(StatsAccount, connections_refused) },
        { "connections_denied", offsetof(StatsAccount, connections_denied) },
        { "datagrams_denied", offsetof(StatsAccount, datagrams_denied) },
        { "accept_errors", offsetof(StatsAccount, accept_errors) },
        { "proxy_headers_bad", offsetof(StatsAccount, proxy_headers_bad) },
        { "handshakes", offsetof(StatsAccount, handshakes) },
        { "handshakes_failed", offsetof(StatsAccount, handshakes_failed) },
        { "handshakes_not_tls", offsetof(StatsAccount, handshakes_not_tls) },
        { "handshakes_version", offsetof(StatsAccount, handshakes_version) },
        { "handshakes_certificate", offsetof(StatsAccount, handshakes_certificate) },
        { "handshakes_refused", offsetof(StatsAccount, handshakes_refused) },
        { "handshakes_timed_out", offsetof(StatsAccount, handshakes_timed_out) },
        { "streams_unanswered", offsetof(StatsAccount, streams_unanswered) },
        { "resets_unread", offsetof(StatsAccount, resets_unread) },
};

static const ControlField peer_fields[] = {
        { "received", offsetof(Peer, received) },
        { "bytes", offsetof(Peer, bytes) },
        { "refused", offsetof(Peer, refused) },
        { "denied", offsetof(Peer, denied) },
        { "held_back_usec", offsetof(Peer, held_back_usec) },
        { "connections_accepted", offsetof(Peer, connections_accepted) },
        { "first_seen_usec", offsetof(Peer, first_seen_usec) },
        { "last_seen_usec", offsetof(Peer, last_seen_usec) },
};

const char *control_report_state(const Status *s) {
        return s->stopping ? "stopping" : s->reloading ? "reloading" : "running";
}

static void add_account(ControlDict *d, const StatsAccount *a) {
        control_dict_fields(d, account_fields, ELEMENTSOF(account_fields), a);
}

static void add_process(ControlDict *d, const Status *s) {
        const Setting *level = setting_find(SETTING_TOP, "log_level");

        control_dict_text(d, "version", PACKAGE_VERSION);
        control_dict_text(d, "state", control_report_state(s));
        control_dict_u64(d, "since_usec", s->start_usec);
        control_dict_u32(d, "pid", (uint32_t)getpid());
        control_dict_text(d, "config", s->config_path);
        control_dict_text(d, "reload_error", s->reload_error);
        control_dict_text(d, "log_level", level->word((unsigned)log_level()));
        control_dict_u32(d, "workers", (uint32_t)s->engine->workers->n);
}

typedef struct WarningWalk {
        LogLine lines[LOG_RECENT_MAX];
        size_t next, n;
        char text[LOG_LINE_MAX + 1];
} WarningWalk;

static const char *next_warning(void *userdata) {
        WarningWalk *w = userdata;

        if (w->next == w->n)
                return NULL;

        (void)snprintf(w->text, sizeof(w->text), "%.*s", (int)w->lines[w->next].size,
                       w->lines[w->next].text);
        w->next++;
        return w->text;
}

/* Two arrays with an entry for each. */
static void add_warnings(ControlDict *d) {
        _cleanup_free_ WarningWalk *w = calloc(1, sizeof(*w));
        uint64_t times[LOG_RECENT_MAX];

        if (!w) {
                d->error = -ENOMEM;
                return;
        }
        w->n = log_recent_copy(clock_realtime(), w->lines);
        for (size_t i = 0; i < w->n; i++)
                times[i] = w->lines[i].usec;
        control_dict_u64s(d, "warning_usec", times, w->n);
        control_dict_texts(d, "warnings", next_warning, w);
        control_dict_u64(d, "warnings_lost", log_recent_lost());
}

void control_report_status(const Status *s, ControlDict *d) {
        const Engine *e = s->engine;
        const StatsAccount a = listener_set_totals(e->listeners);
        uint64_t n_forgotten = 0, n_greeting = 0, n_tls = 0;

        for (size_t i = 0; i < e->workers->n; i++) {
                n_forgotten += peers_forgotten(e->workers->items[i].peers);
                n_greeting += atomic_load(&e->workers->items[i].streams->n_greeting);
                n_tls += atomic_load(&e->workers->items[i].streams->n_tls);
        }
        control_dict_open(d);
        add_process(d, s);
        control_dict_u64(d, "connections", admission_streams(e->workers->admission));
        control_dict_u64(d, "connections_max", e->config->limits.connections);
        control_dict_u64(d, "greeting", n_greeting);
        control_dict_u64(d, "tls_connections", n_tls);
        control_dict_u64(d, "peers_forgotten", n_forgotten);
        add_account(d, &a);
        add_warnings(d);
        control_dict_close(d);
}

typedef struct AddressWalk {
        const ListenerSocket *next;
        char text[ENDPOINT_TEXT_MAX];
} AddressWalk;

static const char *next_address(void *userdata) {
        AddressWalk *w = userdata;
        const ListenerSocket *s = w->next;

        while (s && s->leaving)
                s = s->next;
        if (!s)
                return NULL;

        w->next = s->next;
        endpoint_format(&s->at, w->text);
        return w->text;
}

static void add_latency(ControlDict *d, const Listener *l) {
        const HistogramCounts c = histogram_read(&l->stats.receipt_latency);

        control_dict_u64(d, "receipts", c.n);
        control_dict_u64(d, "receipt_latency_sum_usec", c.sum_usec);
        control_dict_u64s(d, "receipt_latency_bounds_usec", histogram_bounds_usec,
                          HISTOGRAM_BOUNDS);
        control_dict_u64s(d, "receipt_latency_counts", c.counts, ELEMENTSOF(c.counts));
}

static void add_tls(ControlDict *d, const Listener *l) {
        const ConfigTls *c = &l->config->tls;
        const TlsCertificate *certificate = listener_tls_certificate(l);

        control_dict_text(d, "tls", c->is_set ? config_tls_version_text(c->min_version) : "");
        control_dict_text(d, "clients", c->is_set ? config_tls_clients_text(c->clients) : "");
        control_dict_text(d, "certificate", certificate ? certificate->subject : "");
        control_dict_u64(d, "certificate_expires_usec",
                         certificate ? certificate->expires_usec : 0);
}

static void add_listener(ControlDict *d, const Listener *l) {
        const StatsAccount a = stats_read(&l->stats);
        const ConfigListener *c = l->config;
        AddressWalk addresses = { .next = l->sockets };
        uint64_t n_streams = 0;
        bool by_unit = false;

        for (ListenerSocket *s = l->sockets; s; s = s->next) {
                n_streams += atomic_load(&s->n_streams);
                by_unit = by_unit || s->by_unit;
        }
        control_dict_open(d);
        control_dict_text(d, "listener", c->name);
        control_dict_text(d, "protocol", protocol_text(c->protocol));
        control_dict_texts(d, "addresses", next_address, &addresses);
        control_dict_bool(d, "socket_unit", by_unit);
        control_dict_text(d, "framing",
                          transport_has_framing(c->protocol) ? framing_text(c->framing) : "");
        control_dict_bool(d, "syslog", c->syslog);
        control_dict_text(d, "acknowledge", level_text(c->acknowledge));
        control_dict_text(d, "path", c->path ? c->path : "");
        control_dict_u8(d, "ip_protocol", (uint8_t)c->ip_protocol);
        control_dict_text(d, "interface", c->interface);
        control_dict_strings(d, "groups", c->groups.items, c->groups.n);
        control_dict_text(d, "waits", l->waits);
        control_dict_strings(d, "proxies", c->proxies.items, c->proxies.n);
        add_tls(d, l);
        control_dict_strings(d, "outputs", c->outputs.items, c->outputs.n);
        control_dict_u64(d, "connections", n_streams);
        add_account(d, &a);
        add_latency(d, l);
        control_dict_close(d);
}

void control_report_listeners(const Status *s, ControlDict *d) {
        const ListenerSet *set = s->engine->listeners;

        control_dict_open_list(d, "a{sv}");
        for (size_t i = 0; i < set->n_listeners; i++)
                add_listener(d, set->listeners[i]);
        control_dict_close(d);
}

static void add_damage(ControlDict *d, Output *o) {
        uint64_t n = atomic_load(&o->stats.damaged);
        _cleanup_free_ char *name = n > 0 ? output_damaged_last(o) : NULL;

        if (n > 0 && !name)
                d->error = MIN(d->error, -ENOMEM);
        control_dict_u64(d, "damaged_files", n);
        control_dict_text(d, "damaged_file", name ? name : "");
}

/* Of an output with one file for each name. */
static void add_files(ControlDict *d, Output *o) {
        OutputFilesReport r = o->is_many ? output_files_report(o) : (OutputFilesReport){ 0 };

        control_dict_u64(d, "files", r.n_names);
        control_dict_u64(d, "files_open", r.n_open);
        control_dict_u64(d, "files_failing", r.n_failing);
        control_dict_text(d, "file_error", r.fault ? r.fault : "");
        free(r.fault);
}

static void add_output(ControlDict *d, Output *o) {
        int error = atomic_load(&o->write_errno);

        control_dict_open(d);
        control_dict_text(d, "output", o->name);
        control_dict_text(d, "name", o->key);
        control_dict_text(d, "type", output_type_text(o->type));
        control_dict_text(d, "format", format_text(o->format));
        control_dict_text(d, "when_full", when_full_text(o->when_full));
        control_dict_text(d, "state", error > 0 ? "fails" : "works");
        control_dict_text(d, "error", error > 0 ? strerrordesc_np(error) : "");
        control_dict_u64(d, "recorded", atomic_load(&o->stats.recorded));
        control_dict_u64(d, "dropped", atomic_load(&o->stats.dropped));
        control_dict_u64(d, "failed", atomic_load(&o->stats.failed));
        control_dict_u64(d, "buffer_bytes", buffer_pool_used(o->pool));
        control_dict_u64(d, "buffer_max_bytes", buffer_pool_max(o->pool));
        add_damage(d, o);
        add_files(d, o);
        control_dict_close(d);
}

void control_report_outputs(const Status *s, ControlDict *d) {
        const OutputList *outputs = &s->engine->outputs;

        control_dict_open_list(d, "a{sv}");
        for (size_t i = 0; i < outputs->n; i++)
                add_output(d, outputs->items[i]);
        control_dict_close(d);
}

void control_report_peer(const Peer *p, ControlDict *d) {
        char text[ADDRESS_TEXT_MAX];

        (void)address_format_host(&p->address, text);
        control_dict_open(d);
        control_dict_text(d, "peer_address", text);
        control_dict_fields(d, peer_fields, ELEMENTSOF(peer_fields), p);
        control_dict_close(d);
}
