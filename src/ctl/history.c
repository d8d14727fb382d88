/* SPDX-License-Identifier: MIT */
/* Ring buffers of a minute. A counter that fell was restarted, and counts as unchanged. */

#include "ctl/history.h"

#include "core/macro.h"
#include <errno.h>
#include <string.h>

static HistorySeries *find_series(const History *h, char kind, const char *name) {
        for (size_t i = 0; i < h->n_series; i++)
                if (h->series[i].name[0] == kind && strcmp(h->series[i].name + 1, name) == 0)
                        return &h->series[i];
        return NULL;
}

static HistorySeries *add_series(History *h, char kind, const char *name) {
        HistorySeries *series = reallocarray(h->series, h->n_series + 1, sizeof(*series));

        if (!series)
                return NULL;

        h->series = series;
        series = &h->series[h->n_series];
        *series = (HistorySeries){ 0 };
        if (asprintf(&series->name, "%c%s", kind, name) < 0)
                return NULL;

        h->n_series++;
        return series;
}

static double rate(uint64_t now, uint64_t before, double seconds) {
        return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static int add_rates(History *h, char kind, const Rows *rows, const char *name_key,
                     const char *counter_key, double seconds) {
        for (size_t i = 0; i < rows->n; i++) {
                const char *name = rows_text(&rows->rows[i], name_key);
                uint64_t now = rows_number(&rows->rows[i], counter_key);
                HistorySeries *s = find_series(h, kind, name);
                bool is_known = s;

                if (!s)
                        s = add_series(h, kind, name);
                if (!s)
                        return -ENOMEM;

                s->rates[h->n % HISTORY_SECONDS] = is_known ? rate(now, s->last, seconds) : 0;
                s->last = now;
                s->sample = h->n;
        }
        return 0;
}

/* Removes listeners and outputs that the last sample no longer has. */
static void forget_series(History *h) {
        size_t left = 0;

        for (size_t i = 0; i < h->n_series; i++)
                if (h->series[i].sample == h->n)
                        h->series[left++] = h->series[i];
                else
                        free(h->series[i].name);
        h->n_series = left;
}

static void add_latency(History *h, HistoryTotals *t, const Row *row) {
        const Field *bounds = rows_field(row, "receipt_latency_bounds_usec");
        const Field *counts = rows_field(row, "receipt_latency_counts");

        if (!bounds || !counts || bounds->type != FIELD_NUMBERS || counts->type != FIELD_NUMBERS ||
            counts->n != bounds->n + 1 || counts->n > HISTORY_BOUNDS_MAX)
                return;

        h->n_bounds = bounds->n;
        memcpy(h->bounds_usec, bounds->numbers, bounds->n * sizeof(*bounds->numbers));
        for (size_t i = 0; i < counts->n; i++)
                t->latency[i] += counts->numbers[i];
}

static void add_totals(History *h, const Snapshot *s) {
        HistoryTotals *t = &h->totals[h->n % ELEMENTSOF(h->totals)];
        const Row *status = &s->status.rows[0];

        *t = (HistoryTotals){
                .refused = rows_number(status, "refused"),
                .failed = rows_number(status, "failed"),
                .kernel_drops = rows_number(status, "kernel_drops"),
                .connections_refused = rows_number(status, "connections_refused"),
                .accept_errors = rows_number(status, "accept_errors"),
        };
        for (size_t i = 0; i < s->listeners.n; i++)
                add_latency(h, t, &s->listeners.rows[i]);
        for (size_t i = 0; i < s->outputs.n; i++) {
                t->output_dropped += rows_number(&s->outputs.rows[i], "dropped");
                t->output_failed += rows_number(&s->outputs.rows[i], "failed");
        }
}

static int compare_addresses(const void *a, const void *b) {
        return strcmp(((const HistoryPeer *)a)->address, ((const HistoryPeer *)b)->address);
}

static void free_peers(HistoryPeer *peers, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(peers[i].address);
        free(peers);
}

static int add_peers(History *h, const Rows *rows, double seconds) {
        HistoryPeer *peers = calloc(rows->n + 1, sizeof(*peers));

        if (!peers)
                return -ENOMEM;

        for (size_t i = 0; i < rows->n; i++) {
                const Row *row = &rows->rows[i];
                HistoryPeer *p = &peers[i], *before = NULL;

                *p = (HistoryPeer){
                        .address = strdup(rows_text(row, "peer_address")),
                        .received = rows_number(row, "received"),
                        .bytes = rows_number(row, "bytes"),
                        .last_seen_usec = rows_number(row, "last_seen_usec"),
                };
                if (!p->address) {
                        free_peers(peers, i);
                        return -ENOMEM;
                }
                if (h->n_peers > 0)
                        before = bsearch(p, h->peers, h->n_peers, sizeof(*p), compare_addresses);
                if (h->n > 0)
                        p->rate = rate(p->received, before ? before->received : 0, seconds);
        }
        free_peers(h->peers, h->n_peers);
        h->peers = peers;
        h->n_peers = rows->n;
        qsort(h->peers, h->n_peers, sizeof(*h->peers), compare_addresses);
        return 0;
}

int history_add(History *h, const Snapshot *s, const Rows *peers, uint64_t now_usec) {
        uint64_t since = rows_number(&s->status.rows[0], "since_usec");
        double seconds;
        int r;

        if (since != h->since_usec)
                history_done(h);
        h->since_usec = since;
        seconds = h->n > 0 ? (double)(now_usec - h->usec) / (double)USEC_PER_SEC : 0;
        h->usec = now_usec;

        add_totals(h, s);
        r = add_rates(h, 'l', &s->listeners, "listener", "received", seconds);
        if (r >= 0)
                r = add_rates(h, 'o', &s->outputs, "output", "recorded", seconds);
        if (r >= 0)
                r = add_peers(h, peers, seconds);
        forget_series(h);
        h->n++;
        return r;
}

void history_done(History *h) {
        for (size_t i = 0; i < h->n_series; i++)
                free(h->series[i].name);
        free(h->series);
        free_peers(h->peers, h->n_peers);
        *h = (History){ 0 };
}

void history_rates(const History *h, char kind, const char *name,
                   double ret[static HISTORY_SECONDS]) {
        const HistorySeries *s = find_series(h, kind, name);

        for (size_t i = 0; i < HISTORY_SECONDS; i++)
                ret[i] = s ? s->rates[(h->n + i) % HISTORY_SECONDS] : 0;
}

HistoryTotals history_minute(const History *h) {
        uint64_t last = h->n > 0 ? h->n - 1 : 0, n = MIN(last, (uint64_t)HISTORY_SECONDS);
        const HistoryTotals *before = &h->totals[(last - n) % ELEMENTSOF(h->totals)];
        HistoryTotals t = h->totals[last % ELEMENTSOF(h->totals)];

        t.refused -= MIN(before->refused, t.refused);
        t.failed -= MIN(before->failed, t.failed);
        t.kernel_drops -= MIN(before->kernel_drops, t.kernel_drops);
        t.connections_refused -= MIN(before->connections_refused, t.connections_refused);
        t.accept_errors -= MIN(before->accept_errors, t.accept_errors);
        t.output_dropped -= MIN(before->output_dropped, t.output_dropped);
        t.output_failed -= MIN(before->output_failed, t.output_failed);
        for (size_t i = 0; i < HISTORY_BOUNDS_MAX; i++)
                t.latency[i] -= MIN(before->latency[i], t.latency[i]);
        return t;
}

uint64_t history_quantile(const History *h, const HistoryTotals *totals, double share,
                          uint64_t *ret_n) {
        uint64_t sum = 0, below = 0;

        for (size_t i = 0; i <= h->n_bounds; i++)
                sum += totals->latency[i];
        *ret_n = sum;
        for (size_t i = 0; i < h->n_bounds; i++) {
                below += totals->latency[i];
                if ((double)below >= share * (double)sum)
                        return h->bounds_usec[i];
        }
        return UINT64_MAX;
}
