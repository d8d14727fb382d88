/* SPDX-License-Identifier: MIT */
/*
 * sockctl metrics: the Prometheus text format, version 0.0.4. The name of a metric is "sockd_", the
 * kind of row, the key of org.sockd1(5), and "_total" for a counter.
 */

#include "core/escape.h"
#include "core/macro.h"
#include "core/peers.h"
#include "ctl/command.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/snapshot.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum Kind {
        KIND_COUNTER,
        KIND_GAUGE,
} Kind;

typedef struct Metric {
        const char *key;
        Kind kind;
        const char *help;
} Metric;

/* Rows of one kind, and the metrics of each. */
typedef struct Family {
        const char *prefix;
        const char *labels[4]; /* keys whose texts identify a row; NULL ends the list */
        const Metric *metrics;
        size_t n_metrics;
} Family;

static const Metric status_metrics[] = {
        { "connections_max", KIND_GAUGE, "Maximum number of open connections." },
        { "greeting", KIND_GAUGE,
          "Open connections whose PROXY header or TLS handshake is not complete." },
        { "tls_connections", KIND_GAUGE, "Open connections of listeners with TLS." },
        { "workers", KIND_GAUGE, "Worker threads." },
        { "peers_forgotten", KIND_COUNTER, "Addresses evicted from the table of peers." },
};

static const Metric listener_metrics[] = {
        { "connections", KIND_GAUGE, "Open connections." },
        { "connections_accepted", KIND_COUNTER, "Connections accepted." },
        { "connections_refused", KIND_COUNTER, "Connections refused because of a limit." },
        { "connections_denied", KIND_COUNTER, "Connections denied by an access list." },
        { "datagrams_denied", KIND_COUNTER, "Datagrams denied by an access list." },
        { "accept_errors", KIND_COUNTER, "Failed attempts to accept, each followed by a pause." },
        { "proxy_headers_bad", KIND_COUNTER,
          "Connections of proxies closed for want of a valid PROXY header." },
        { "handshakes", KIND_COUNTER, "TLS handshakes that succeeded." },
        { "handshakes_failed", KIND_COUNTER, "TLS handshakes that failed." },
        { "handshakes_not_tls", KIND_COUNTER, "Of them, those with clients that sent no TLS." },
        { "handshakes_version", KIND_COUNTER,
          "Of them, those without a common version or cipher." },
        { "handshakes_certificate", KIND_COUNTER,
          "Of them, those whose client showed no certificate that is accepted." },
        { "handshakes_refused", KIND_COUNTER,
          "Of them, those whose client did not accept the certificate of the listener." },
        { "handshakes_timed_out", KIND_COUNTER, "Of them, those that took too long." },
        { "streams_unanswered", KIND_COUNTER,
          "Connections that get no more receipts, because they take none." },
        { "resets_unread", KIND_COUNTER, "Connections reset before all receipts were read." },
        { "received", KIND_COUNTER, "Messages received." },
        { "recorded", KIND_COUNTER, "Messages stored by every output with when_full \"wait\"." },
        { "refused", KIND_COUNTER, "Messages refused because of a limit." },
        { "failed", KIND_COUNTER, "Messages that could not be stored, answered with \"error\"." },
        { "waiting", KIND_GAUGE, "Messages received whose outcome is not known yet." },
        { "bytes", KIND_COUNTER, "Bytes of messages, without terminators." },
        { "truncated", KIND_COUNTER, "Messages truncated to limits.message_size." },
        { "timed_out", KIND_COUNTER, "Messages ended by silence, without a separator." },
        { "cut_off", KIND_COUNTER, "Messages whose end never came." },
        { "unanswerable", KIND_COUNTER, "Datagrams whose senders no receipt can reach." },
        { "descriptors_refused", KIND_COUNTER,
          "Messages that came with file descriptors, which were closed." },
        { "bytes_skipped", KIND_COUNTER, "Bytes between messages: before what begins one." },
        { "bad_frames", KIND_COUNTER, "Connections closed because of a bad frame." },
        { "syslog_bad", KIND_COUNTER, "Messages without the syslog header that was expected." },
        { "kernel_drops", KIND_COUNTER, "Datagrams dropped by the kernel before sockd read them." },
};

static const Metric output_metrics[] = {
        { "recorded", KIND_COUNTER, "Records written." },
        { "dropped", KIND_COUNTER, "Records dropped because the output was too slow." },
        { "failed", KIND_COUNTER, "Records that could not be written." },
        { "buffer_bytes", KIND_GAUGE, "Bytes of buffers in use." },
        { "buffer_max_bytes", KIND_GAUGE, "Maximum bytes of buffers." },
        { "damaged_files", KIND_COUNTER, "Files set aside after a failed flush." },
        { "files", KIND_GAUGE, "Files that an output of many has used." },
        { "files_open", KIND_GAUGE, "Those of them that are open." },
        { "files_failing", KIND_GAUGE, "Those of them whose last record could not be stored." },
};

static const Family status_family = {
        "sockd_", { NULL }, status_metrics, ELEMENTSOF(status_metrics)
};
/* Sums over all listeners, including those that a reload has removed. */
static const Family sum_family = {
        "sockd_", { NULL }, listener_metrics, ELEMENTSOF(listener_metrics)
};
static const Family listener_family = { "sockd_listener_",
                                        { "listener", "protocol", NULL },
                                        listener_metrics,
                                        ELEMENTSOF(listener_metrics) };
static const Family output_family = {
        "sockd_output_", { "output", "type", NULL }, output_metrics, ELEMENTSOF(output_metrics)
};

/* Label values: backslash and quote are escaped; control bytes as for a terminal. */
static void print_label(const char *key, const char *text) {
        size_t size = strlen(text);
        _cleanup_free_ char *escaped = malloc(ESCAPE_TEXT_MAX(size) + 1);

        if (!escaped) {
                print_lost();
                return;
        }
        size = escape_terminal(escaped, text, size);
        printf("%s=\"", key);
        for (size_t i = 0; i < size; i++) {
                if (escaped[i] == '\\' || escaped[i] == '"')
                        putchar('\\');
                putchar(escaped[i]);
        }
        putchar('"');
}

/* {a="x",b="y"}; MORE, unless NULL, is the value of a last label "le". */
static void print_labels(const Family *f, const Row *row, const char *more) {
        bool any = false;

        if (!f->labels[0] && !more)
                return;

        putchar('{');
        for (size_t i = 0; f->labels[i]; i++) {
                if (any)
                        putchar(',');
                print_label(f->labels[i], rows_text(row, f->labels[i]));
                any = true;
        }
        if (more)
                printf("%sle=\"%s\"", any ? "," : "", more);
        putchar('}');
}

static void print_head(const char *name, const char *suffix, const char *type, const char *help) {
        printf("# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type);
}

static void print_seconds(uint64_t usec, char buf[static 32]) {
        (void)snprintf(buf, 32, "%" PRIu64 ".%06" PRIu64, usec / USEC_PER_SEC, usec % USEC_PER_SEC);
        /* 0.050000 is 0.05, 1.000000 is 1 */
        for (size_t n = strlen(buf); buf[n - 1] == '0' || buf[n - 1] == '.'; buf[--n] = '\0')
                if (buf[n - 1] == '.') {
                        buf[n - 1] = '\0';
                        return;
                }
}

static void print_metric(const Family *f, const Metric *m, const Rows *rows) {
        const char *suffix = m->kind == KIND_COUNTER ? "_total" : "";
        char name[128];

        (void)snprintf(name, sizeof(name), "%s%s", f->prefix, m->key);
        print_head(name, suffix, m->kind == KIND_COUNTER ? "counter" : "gauge", m->help);
        for (size_t i = 0; i < rows->n; i++) {
                printf("%s%s", name, suffix);
                print_labels(f, &rows->rows[i], NULL);
                printf(" %" PRIu64 "\n", rows_number(&rows->rows[i], m->key));
        }
}

static void print_family(const Family *f, const Rows *rows) {
        for (size_t i = 0; i < f->n_metrics && rows->n > 0; i++)
                print_metric(f, &f->metrics[i], rows);
}

static void print_listener_state(const Rows *listeners) {
        print_head("sockd_listener_up", "", "gauge",
                   "0 while the listener waits for an interface, an address or a group, else 1.");
        for (size_t i = 0; i < listeners->n; i++) {
                const Row *row = &listeners->rows[i];

                printf("sockd_listener_up");
                print_labels(&listener_family, row, NULL);
                printf(" %d\n", *rows_text(row, "waits") == '\0');
        }
}

/* Only of listeners that have one. */
static void print_certificates(const Rows *listeners) {
        static const char name[] = "sockd_listener_certificate_expires_timestamp_seconds";
        char seconds[32];

        print_head(name, "", "gauge",
                   "When the certificate of the listener expires, in seconds since 1970.");
        for (size_t i = 0; i < listeners->n; i++) {
                const Row *row = &listeners->rows[i];

                if (*rows_text(row, "tls") == '\0')
                        continue;
                print_seconds(rows_number(row, "certificate_expires_usec"), seconds);
                fputs(name, stdout);
                print_labels(&listener_family, row, NULL);
                printf(" %s\n", seconds);
        }
}

/* What to alert on first: an output that fails. */
static void print_output_state(const Rows *outputs) {
        print_head("sockd_output_up", "", "gauge", "1 while the output works, 0 while it fails.");
        for (size_t i = 0; i < outputs->n; i++) {
                const Row *row = &outputs->rows[i];

                printf("sockd_output_up");
                print_labels(&output_family, row, NULL);
                printf(" %d\n", strcmp(rows_text(row, "state"), "works") == 0);
        }
}

static void print_latency_of(const char *name, const Row *row) {
        const Field *bounds = rows_field(row, "receipt_latency_bounds_usec");
        const Field *counts = rows_field(row, "receipt_latency_counts");
        uint64_t n = 0;
        char seconds[32];

        if (!bounds || !counts || bounds->type != FIELD_NUMBERS || counts->type != FIELD_NUMBERS ||
            counts->n != bounds->n + 1)
                return;

        for (size_t i = 0; i < counts->n; i++) {
                n += counts->numbers[i];
                if (i < bounds->n)
                        print_seconds(bounds->numbers[i], seconds);
                printf("%s_bucket", name);
                print_labels(&listener_family, row, i < bounds->n ? seconds : "+Inf");
                printf(" %" PRIu64 "\n", n);
        }
        print_seconds(rows_number(row, "receipt_latency_sum_usec"), seconds);
        printf("%s_sum", name);
        print_labels(&listener_family, row, NULL);
        printf(" %s\n%s_count", seconds, name);
        print_labels(&listener_family, row, NULL);
        printf(" %" PRIu64 "\n", n);
}

static void print_latency(const Rows *listeners) {
        static const char name[] = "sockd_listener_receipt_latency_seconds";

        print_head(name, "", "histogram", "Time from receiving a message to queuing its receipt.");
        for (size_t i = 0; i < listeners->n; i++)
                print_latency_of(name, &listeners->rows[i]);
}

static void print_process(const Row *row) {
        char seconds[32];

        print_head("sockd_build_info", "", "gauge", "Constant 1, labelled with the version.");
        printf("sockd_build_info{");
        print_label("version", rows_text(row, "version"));
        printf("} 1\n");
        print_head("sockd_start_time_seconds", "", "gauge",
                   "Start time of sockd, in seconds since 1970.");
        print_seconds(rows_number(row, "since_usec"), seconds);
        printf("sockd_start_time_seconds %s\n", seconds);
        print_head("sockd_reload_success", "", "gauge", "0 if the last reload failed, else 1.");
        printf("sockd_reload_success %d\n", *rows_text(row, "reload_error") == '\0');
}

/* What to alert on when a sender has fallen silent. */
static void print_last_seen(const Rows *peers) {
        static const char name[] = "sockd_peer_last_seen_timestamp_seconds";
        char seconds[32], help[160];

        (void)snprintf(help, sizeof(help),
                       "Last message or connection of the peer, in seconds since 1970; kept for up "
                       "to %d peers, those that send most stay.",
                       PEERS_MAX);
        print_head(name, "", "gauge", help);
        for (size_t i = 0; i < peers->n; i++) {
                print_seconds(rows_number(&peers->rows[i], "last_seen_usec"), seconds);
                printf("%s{", name);
                print_label("peer", rows_text(&peers->rows[i], "peer_address"));
                printf("} %s\n", seconds);
        }
}

static Status get(const Global *global, Snapshot *ret, Rows *peers) {
        _cleanup_bus_ sd_bus *bus = NULL;
        Status status = bus_open(global, BUS_TIMEOUT_USEC, &bus);

        if (status == STATUS_OK)
                status = snapshot_get(bus, ret);
        if (status == STATUS_OK)
                status = listing_get(bus, "ListPeers", peers);
        return status;
}

Status command_metrics(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " metrics",
                .usage = "[OPTION...]",
                .summary = "Print all counters as Prometheus text.",
        };
        _cleanup_(snapshot_done) Snapshot s = { 0 };
        _cleanup_(rows_done) Rows peers = { 0 };
        Status status;

        if (!command_only_options(&set, NULL, arguments, global, &status))
                return status;

        status = get(global, &s, &peers);
        if (status != STATUS_OK)
                return status;

        print_process(&s.status.rows[0]);
        print_family(&status_family, &s.status);
        print_family(&sum_family, &s.status);
        print_family(&listener_family, &s.listeners);
        print_listener_state(&s.listeners);
        print_certificates(&s.listeners);
        print_latency(&s.listeners);
        print_family(&output_family, &s.outputs);
        print_output_state(&s.outputs);
        print_last_seen(&peers);
        return STATUS_OK;
}
