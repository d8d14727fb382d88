/* SPDX-License-Identifier: MIT */
/* Counters of problems are highlighted unless they are 0. */

#include "ctl/columns.h"

#include "core/clock.h"
#include "ctl/format.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* When sockd begins to warn, too. */
#define CERTIFICATE_SOON_USEC (14 * 86400 * USEC_PER_SEC)

static TableMood output_state(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        const char *error = rows_text(row, "error");
        const uint64_t n_failing = rows_number(row, "files_failing");

        if (!*error && n_failing > 0) {
                (void)snprintf(buf, TABLE_CELL_MAX, "%" PRIu64 " of %" PRIu64 " files fail",
                               n_failing, rows_number(row, "files"));
                return TABLE_BAD;
        }
        (void)snprintf(buf, TABLE_CELL_MAX, "%s%s%s", rows_text(row, key), *error ? ": " : "",
                       error);
        return *error ? TABLE_BAD : TABLE_GOOD;
}

/* What it is bound to, and what it waits for. */
static TableMood listener_addresses(const Row *row, const char *key,
                                    char buf[static TABLE_CELL_MAX]) {
        const char *waits = rows_text(row, "waits");
        TableMood mood = table_texts(row, key, buf);
        size_t n = strlen(buf);

        if (!*waits)
                return mood;

        (void)snprintf(buf + n, TABLE_CELL_MAX - n, "%swaits for %s", n > 0 ? ", " : "", waits);
        return TABLE_WARNING;
}

TableMood columns_certificate(const Row *listener, char buf[static TABLE_CELL_MAX]) {
        const uint64_t now = clock_realtime();
        const uint64_t end = rows_number(listener, "certificate_expires_usec");
        char span[FORMAT_MAX];

        *buf = '\0';
        if (*rows_text(listener, "tls") == '\0' || end > now + CERTIFICATE_SOON_USEC)
                return TABLE_PLAIN;

        format_span(end > now ? end - now : now - end, span);
        (void)snprintf(buf, TABLE_CELL_MAX, end > now ? "expires in %s" : "expired %s ago", span);
        return end > now ? TABLE_WARNING : TABLE_BAD;
}

/* Of IP packets, also which; with TLS, also that, and what is wrong with it. */
static TableMood listener_protocol(const Row *row, const char *key,
                                   char buf[static TABLE_CELL_MAX]) {
        uint64_t n = rows_number(row, "ip_protocol");
        char expires[TABLE_CELL_MAX];
        TableMood mood = columns_certificate(row, expires);

        if (n > 0)
                (void)snprintf(buf, TABLE_CELL_MAX, "%s %" PRIu64, rows_text(row, key), n);
        else if (*rows_text(row, "tls"))
                (void)snprintf(buf, TABLE_CELL_MAX, "%s TLS%s%.100s", rows_text(row, key),
                               *expires ? ", certificate " : "", expires);
        else
                return table_text(row, key, buf);
        return mood;
}

/* How full its buffers are. */
static TableMood output_fill(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        uint64_t used = rows_number(row, key), max = rows_number(row, "buffer_max_bytes");
        uint64_t percent = max > 0 ? used * 100 / max : 0;
        char bytes[FORMAT_MAX];

        format_bytes(max, bytes);
        (void)snprintf(buf, TABLE_CELL_MAX, "%" PRIu64 "%% of %s", percent, bytes);
        return percent >= 90 ? TABLE_WARNING : TABLE_PLAIN;
}

const Column columns_listener[COLUMNS_LISTENER] = {
        { "LISTENER", TABLE_LEFT, "listener", table_text },
        { "ADDRESS", TABLE_LEFT, "addresses", listener_addresses },
        { "OPEN", TABLE_RIGHT, "connections", table_number },
        { "RECEIVED", TABLE_RIGHT, "received", table_number },
        { "RECORDED", TABLE_RIGHT, "recorded", table_number },
        { "REFUSED", TABLE_RIGHT, "refused", table_trouble },
        { "FAILED", TABLE_RIGHT, "failed", table_trouble },
        { "WAIT", TABLE_RIGHT, "waiting", table_number },
        { "DROPS", TABLE_RIGHT, "kernel_drops", table_trouble },
        { "PROTOCOL", TABLE_LEFT, "protocol", listener_protocol },
};

const Column columns_output[COLUMNS_OUTPUT] = {
        { "OUTPUT", TABLE_LEFT, "output", table_text },
        { "STATE", TABLE_LEFT, "state", output_state },
        { "RECORDED", TABLE_RIGHT, "recorded", table_number },
        { "DROPPED", TABLE_RIGHT, "dropped", table_trouble },
        { "FAILED", TABLE_RIGHT, "failed", table_trouble },
        { "BUFFER", TABLE_RIGHT, "buffer_bytes", output_fill },
        { "FORMAT", TABLE_LEFT, "format", table_text },
        { "NAME", TABLE_LEFT, "name", table_text },
};
