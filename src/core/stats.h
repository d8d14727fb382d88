/* SPDX-License-Identifier: MIT */
/* The counters of a listener. */
#pragma once

#include "core/histogram.h"

/* A message counts as received first; later the same thread counts its outcome in one of three. */
typedef struct Stats Stats;
struct Stats {
        Counter received;
        Counter recorded; /* every "wait" output has it, flushed where the level is durable */
        Counter refused;  /* because of a limit */
        Counter failed;   /* answered with "error", or without receipts would have been */
        Counter bytes;    /* of messages, without terminators */
        Counter truncated;
        Counter timed_out;     /* ended by silence */
        Counter cut_off;       /* their end never came */
        Counter bytes_skipped; /* that no message begins with: before a start */
        Counter bad_frames;
        Counter syslog_bad;   /* without the header that was expected */
        Counter kernel_drops; /* datagrams that the kernel dropped */
        Counter connections_accepted;
        Counter connections_refused; /* because of a limit */
        Counter connections_denied;  /* by the access lists, as the next */
        Counter datagrams_denied;    /* not received: in no sum */
        Counter accept_errors;       /* each makes accepting pause for a second */
        Counter proxy_headers_bad;   /* streams closed for that */
        Counter handshakes;          /* of TLS, that have succeeded */
        Counter handshakes_failed;   /* all, of which the next ones are a part */
        Counter handshakes_not_tls, handshakes_version, handshakes_certificate, handshakes_refused,
                handshakes_timed_out; /* as TlsFailure of tls.h names them */
        Counter unanswerable;         /* datagrams whose senders no receipt can reach */
        Counter descriptors_refused; /* messages with descriptors (SCM_RIGHTS), which were closed */
        Counter streams_unanswered;  /* their peers take no receipts: they get none any more */
        Counter resets_unread;       /* streams reset by peers that had not read all receipts */
        Histogram receipt_latency;   /* from reception to receipt queued */
};

/* The counters as they were at one moment: received = recorded + refused + failed + waiting. */
typedef struct StatsAccount {
        uint64_t received, recorded, refused, failed;
        uint64_t waiting; /* outcome not known yet */
        /* The others were read at about that moment. */
        uint64_t bytes, truncated, timed_out, cut_off, bytes_skipped, bad_frames, kernel_drops;
        uint64_t syslog_bad;
        uint64_t connections_accepted, connections_refused, connections_denied, datagrams_denied;
        uint64_t accept_errors;
        uint64_t proxy_headers_bad;
        uint64_t handshakes, handshakes_failed, handshakes_not_tls, handshakes_version,
                handshakes_certificate, handshakes_refused, handshakes_timed_out;
        uint64_t unanswerable, descriptors_refused;
        uint64_t streams_unanswered, resets_unread;
} StatsAccount;

StatsAccount stats_read(const Stats *s);
/* Adds A to SUM, which adds up as well. */
void stats_sum(StatsAccount *sum, const StatsAccount *a);
