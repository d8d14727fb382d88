/* SPDX-License-Identifier: MIT */
/* Counters only rise: one that reads the same twice did not change in between. */

#include "core/stats.h"

#include <stdbool.h>

/* Returns whether A had the same. */
static bool read_resolved(const Stats *s, StatsAccount *a) {
        const StatsAccount before = *a;

        a->recorded = counter_read(&s->recorded);
        a->refused = counter_read(&s->refused);
        a->failed = counter_read(&s->failed);
        return a->recorded == before.recorded && a->refused == before.refused &&
               a->failed == before.failed;
}

/*
 * Reads "received" between two readings of the others, until these agree. They differ only if a
 * message was resolved in between, so the system makes progress.
 */
StatsAccount stats_read(const Stats *s) {
        StatsAccount a = {
                .bytes = counter_read(&s->bytes),
                .truncated = counter_read(&s->truncated),
                .timed_out = counter_read(&s->timed_out),
                .cut_off = counter_read(&s->cut_off),
                .bytes_skipped = counter_read(&s->bytes_skipped),
                .bad_frames = counter_read(&s->bad_frames),
                .syslog_bad = counter_read(&s->syslog_bad),
                .kernel_drops = counter_read(&s->kernel_drops),
                .connections_accepted = counter_read(&s->connections_accepted),
                .connections_refused = counter_read(&s->connections_refused),
                .connections_denied = counter_read(&s->connections_denied),
                .datagrams_denied = counter_read(&s->datagrams_denied),
                .accept_errors = counter_read(&s->accept_errors),
                .proxy_headers_bad = counter_read(&s->proxy_headers_bad),
                .handshakes = counter_read(&s->handshakes),
                .handshakes_failed = counter_read(&s->handshakes_failed),
                .handshakes_not_tls = counter_read(&s->handshakes_not_tls),
                .handshakes_version = counter_read(&s->handshakes_version),
                .handshakes_certificate = counter_read(&s->handshakes_certificate),
                .handshakes_refused = counter_read(&s->handshakes_refused),
                .handshakes_timed_out = counter_read(&s->handshakes_timed_out),
                .unanswerable = counter_read(&s->unanswerable),
                .descriptors_refused = counter_read(&s->descriptors_refused),
                .streams_unanswered = counter_read(&s->streams_unanswered),
                .resets_unread = counter_read(&s->resets_unread),
        };

        (void)read_resolved(s, &a); /* there is nothing to compare it with yet */
        do
                a.received = counter_read(&s->received);
        while (!read_resolved(s, &a));
        a.waiting = a.received - a.recorded - a.refused - a.failed;
        return a;
}

void stats_sum(StatsAccount *sum, const StatsAccount *a) {
        sum->received += a->received;
        sum->recorded += a->recorded;
        sum->refused += a->refused;
        sum->failed += a->failed;
        sum->waiting += a->waiting;
        sum->bytes += a->bytes;
        sum->truncated += a->truncated;
        sum->timed_out += a->timed_out;
        sum->cut_off += a->cut_off;
        sum->bytes_skipped += a->bytes_skipped;
        sum->bad_frames += a->bad_frames;
        sum->syslog_bad += a->syslog_bad;
        sum->kernel_drops += a->kernel_drops;
        sum->connections_accepted += a->connections_accepted;
        sum->connections_refused += a->connections_refused;
        sum->connections_denied += a->connections_denied;
        sum->datagrams_denied += a->datagrams_denied;
        sum->accept_errors += a->accept_errors;
        sum->proxy_headers_bad += a->proxy_headers_bad;
        sum->handshakes += a->handshakes;
        sum->handshakes_failed += a->handshakes_failed;
        sum->handshakes_not_tls += a->handshakes_not_tls;
        sum->handshakes_version += a->handshakes_version;
        sum->handshakes_certificate += a->handshakes_certificate;
        sum->handshakes_refused += a->handshakes_refused;
        sum->handshakes_timed_out += a->handshakes_timed_out;
        sum->unanswerable += a->unanswerable;
        sum->descriptors_refused += a->descriptors_refused;
        sum->streams_unanswered += a->streams_unanswered;
        sum->resets_unread += a->resets_unread;
}
