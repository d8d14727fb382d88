/* SPDX-License-Identifier: MIT */
/* sockctl status: one screen. */

#include "core/macro.h"
#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/format.h"
#include "ctl/json.h"
#include "ctl/pager.h"
#include "ctl/print.h"
#include "ctl/snapshot.h"
#include "ctl/style.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 12

static void print_json(const Snapshot *s, const Global *global) {
        Json j = { .mode = global->json };

        json_begin(&j, NULL, '{');
        json_fields(&j, &s->status.rows[0]);
        json_rows(&j, "listeners", &s->listeners);
        json_rows(&j, "outputs", &s->outputs);
        json_end(&j, '}');
}

static void print_label(const char *label) {
        printf("%*s: ", LABEL_WIDTH, label);
}

/* The text and the end of the line. */
static void print_styled(const char *style, const char *text) {
        fputs(style, stdout);
        print_text(text);
        printf("%s\n", *style ? style_reset() : "");
}

/* The state after a dot, as systemctl shows that of a unit. */
static void print_state(const Row *row) {
        const char *state = rows_text(row, "state");
        const char *style = strcmp(state, "running") == 0 ? style_green() : style_yellow();
        uint64_t since = rows_number(row, "since_usec");
        char time[FORMAT_MAX], ago[FORMAT_MAX];

        format_time(since, time);
        format_ago(since, ago);
        printf("%s●%s sockd ", style, style_reset());
        print_styled("", rows_text(row, "version"));
        print_label("State");
        fputs(style, stdout);
        print_text(state);
        printf("%s since %s; %s\n", style_reset(), time, ago);
}

static void print_process(const Row *row) {
        print_label("Process");
        printf("%" PRIu64 ", %" PRIu64 " worker%s, log level ", rows_number(row, "pid"),
               rows_number(row, "workers"), rows_number(row, "workers") == 1 ? "" : "s");
        print_styled("", rows_text(row, "log_level"));
        print_label("Config");
        print_styled("", rows_text(row, "config"));
        if (*rows_text(row, "reload_error")) {
                print_label("Not reloaded");
                print_styled(style_red(), rows_text(row, "reload_error"));
        }
}

/* Only if an access list has denied something. */
static void print_denied(const Row *row) {
        uint64_t connections = rows_number(row, "connections_denied");
        uint64_t datagrams = rows_number(row, "datagrams_denied");

        if (connections + datagrams == 0)
                return;
        print_label("Denied");
        printf("%" PRIu64 " connections, %" PRIu64 " datagrams\n", connections, datagrams);
}

/* Only if there was one. */
static void print_handshakes(const Row *row) {
        uint64_t good = rows_number(row, "handshakes"), bad = rows_number(row, "handshakes_failed");

        if (good + bad == 0)
                return;
        print_label("TLS");
        printf("%" PRIu64 " open, %" PRIu64 " handshakes, %" PRIu64 " more failed\n",
               rows_number(row, "tls_connections"), good, bad);
}

static void print_traffic(const Row *row) {
        char bytes[FORMAT_MAX];

        print_label("Connections");
        printf("%" PRIu64 " of %" PRIu64 " open, %" PRIu64 " accepted, %" PRIu64 " refused\n",
               rows_number(row, "connections"), rows_number(row, "connections_max"),
               rows_number(row, "connections_accepted"), rows_number(row, "connections_refused"));
        print_denied(row);
        print_handshakes(row);
        if (rows_number(row, "accept_errors") > 0) {
                print_label("Not accepted");
                printf("%sconnections had to wait for a second, %" PRIu64 " times%s\n",
                       style_yellow(), rows_number(row, "accept_errors"), style_reset());
        }
        format_bytes(rows_number(row, "bytes"), bytes);
        print_label("Messages");
        printf("%" PRIu64 " received (%s) = %" PRIu64 " recorded + %" PRIu64 " refused + %" PRIu64
               " failed + %" PRIu64 " waiting\n",
               rows_number(row, "received"), bytes, rows_number(row, "recorded"),
               rows_number(row, "refused"), rows_number(row, "failed"),
               rows_number(row, "waiting"));
        if (rows_number(row, "kernel_drops") > 0) {
                print_label("Lost");
                printf("%s%" PRIu64 " datagrams dropped by the kernel before sockd read them%s\n",
                       style_yellow(), rows_number(row, "kernel_drops"), style_reset());
        }
}

/* Certificates that need to be renewed. */
static void print_certificates(const Rows *listeners) {
        for (size_t i = 0; i < listeners->n; i++) {
                const Row *row = &listeners->rows[i];
                char state[TABLE_CELL_MAX];
                TableMood mood = columns_certificate(row, state);

                if (!*state)
                        continue;
                print_label("Certificate");
                fputs(mood == TABLE_BAD ? style_red() : style_yellow(), stdout);
                print_text(rows_text(row, "certificate"));
                printf(" of ");
                print_text(rows_text(row, "listener"));
                printf(" %s%s\n", state, style_reset());
        }
}

/* Files whose flush has failed. */
static void print_damage(const Rows *outputs) {
        for (size_t i = 0; i < outputs->n; i++) {
                const Row *row = &outputs->rows[i];

                if (rows_number(row, "damaged_files") == 0)
                        continue;
                print_label("Damaged");
                fputs(style_red(), stdout);
                print_text(rows_text(row, "damaged_file"));
                printf(", set aside after a failed flush (%" PRIu64 " so far)%s\n",
                       rows_number(row, "damaged_files"), style_reset());
        }
}

/* The last one of an output of many files. */
static void print_failing(const Rows *outputs) {
        for (size_t i = 0; i < outputs->n; i++) {
                const char *error = rows_text(&outputs->rows[i], "file_error");

                if (!*error)
                        continue;
                print_label("File fails");
                fputs(style_red(), stdout);
                print_text(error);
                printf("%s\n", style_reset());
        }
}

/* Those of the last minute, which the journal may not have yet. */
static void print_warnings(const Row *row) {
        const Field *texts = rows_field(row, "warnings"), *times = rows_field(row, "warning_usec");
        char ago[FORMAT_MAX];

        for (size_t i = 0; texts && times && i < MIN(texts->n, times->n); i++) {
                format_ago(times->numbers[i], ago);
                if (i == 0)
                        print_label("Warnings");
                else
                        printf("%*s", LABEL_WIDTH + 2, "");
                fputs(style_yellow(), stdout);
                print_text(texts->texts[i]);
                printf(" (%s)%s\n", ago, style_reset());
        }
        if (rows_number(row, "warnings_lost") > 0) {
                print_label("Not logged");
                printf("%s%" PRIu64 " warnings, the journal was busy%s\n", style_yellow(),
                       rows_number(row, "warnings_lost"), style_reset());
        }
}

static void print_screen(const Snapshot *s, const Global *global) {
        const Row *row = &s->status.rows[0];

        pager_open(global);
        print_state(row);
        print_process(row);
        print_traffic(row);
        print_certificates(&s->listeners);
        print_damage(&s->outputs);
        print_failing(&s->outputs);
        print_warnings(row);
        printf("\n");
        table_print(columns_listener, COLUMNS_LISTENER_BRIEF, &s->listeners, global);
        printf("\n");
        table_print(columns_output, COLUMNS_OUTPUT_BRIEF, &s->outputs, global);
}

Status command_status(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " status",
                .usage = "[OPTION...]",
                .summary = "Show the state of sockd on one screen.",
        };
        _cleanup_(snapshot_done) Snapshot s = { 0 };
        Status status;

        if (!snapshot_of_command(&set, arguments, global, &s, &status))
                return status;

        if (global->json != JSON_OFF)
                print_json(&s, global);
        else
                print_screen(&s, global);
        return STATUS_OK;
}
