/* SPDX-License-Identifier: MIT */
/* Every line is cut to the width of the screen; a narrow one has fewer columns. Texts are escaped. */

#include "ctl/top_screen.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/unit.h"
#include "ctl/format.h"
#include "ctl/style.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BAR_CELLS 30
#define STATE_WIDTH 7 /* of a number in the last column of listeners */
#define NAME_WIDTH 20 /* at 80 columns; a wider screen gives it more */
#define LINE_SIZE 1024
#define PEER_WIDTH 39  /* of an IPv6 address */
#define COLUMNS_ALL 80 /* a narrower screen has no bars, and not all columns of peers */
/* Lines that peers have at least, with their heading. */
#define PEERS_MIN 3

typedef struct Screen {
        FILE *f;
        size_t columns, lines_left;
        size_t name_width; /* of a listener or output */
        bool utf8, narrow;
        char span[UNIT_TEXT_MAX]; /* what the history covers: "minute", "5min" */
} Screen;

/* Returns how many bytes of TEXT fill at most WIDTH columns; *ret_width: the columns they fill. */
static size_t fit(const char *text, size_t width, size_t *ret_width) {
        size_t n = 0, used = 0;

        while (text[n]) {
                size_t next = n + 1;

                while (((unsigned char)text[next] & 0xc0) == 0x80)
                        next++;
                if (used == width)
                        break;
                used++;
                n = next;
        }
        *ret_width = used;
        return n;
}

/* Where the last whole word ends in the first N bytes of TEXT, if one is cut there. */
static size_t before_cut_word(const char *text, size_t n) {
        size_t end = n;

        if (!text[n])
                return n;
        while (end > 0 && text[end] != ' ')
                end--;
        return end > 0 ? end : n;
}

/* Adds one line, escaped. */
_printf_(3, 4) static void add_line(Screen *s, const char *style, const char *format, ...) {
        char line[LINE_SIZE], escaped[ESCAPE_TEXT_MAX(LINE_SIZE) + 1];
        const char *more = "";
        size_t width, end;
        va_list args;
        int n;

        if (s->lines_left == 0)
                return;

        va_start(args, format);
        n = vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        n = MIN(MAX(n, 0), LINE_SIZE - 1);
        escaped[escape_terminal(escaped, line, (size_t)n)] = '\0';
        n = (int)fit(escaped, s->columns, &width);
        end = before_cut_word(escaped, (size_t)n);
        if (end < (size_t)n)
                more = s->utf8 ? "…" : "~";
        s->lines_left--;
        (void)fprintf(s->f, "%s%.*s%s%s\033[K%s", style, (int)end, escaped, more, style_reset(),
                      s->lines_left > 0 ? "\r\n" : "");
}

/* TEXT, padded or cut between two characters to exactly WIDTH columns. */
static const char *column(const char *text, size_t width, char buf[static LINE_SIZE]) {
        char escaped[ESCAPE_TEXT_MAX(LINE_SIZE) + 1];
        size_t used, n = strnlen(text, LINE_SIZE / 4);

        escaped[escape_terminal(escaped, text, n)] = '\0';
        n = fit(escaped, width, &used);
        (void)snprintf(buf, LINE_SIZE, "%.*s%*s", (int)n, escaped, (int)(width - used), "");
        return buf;
}

/* NAME in exactly WIDTH columns. Both ends of a path say more than its middle, which becomes "…". */
static const char *name_column(const Screen *s, const char *name, size_t width,
                               char buf[static LINE_SIZE]) {
        char cut[LINE_SIZE];
        const char *tail = name;
        size_t used, head;

        if (!name[fit(name, width, &used)])
                return column(name, width, buf);

        head = fit(name, (width - 1) / 3, &used);
        while (tail[fit(tail, width - 1 - used, &(size_t){ 0 })])
                tail += fit(tail, 1, &(size_t){ 0 });
        (void)snprintf(cut, sizeof(cut), "%.*s%s%s", (int)head, name, s->utf8 ? "…" : "~", tail);
        return column(cut, width, buf);
}

/* A bar chart of the last minute, two seconds per cell, relative to the highest cell. */
static void bar_chart(const double rates[static HISTORY_SECONDS], bool utf8, char buf[static 128]) {
        static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
        static const char *const ascii[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
        const unsigned per_cell = HISTORY_SECONDS / BAR_CELLS;
        double cells[BAR_CELLS] = { 0 }, highest = 0;

        for (unsigned i = 0; i < HISTORY_SECONDS; i++)
                cells[i / per_cell] += rates[i];
        for (unsigned i = 0; i < BAR_CELLS; i++)
                highest = MAX(highest, cells[i]);
        *buf = '\0';
        for (unsigned i = 0; i < BAR_CELLS; i++) {
                unsigned level = highest > 0 ? (unsigned)(cells[i] * 8 / highest + 0.5) : 0;

                if (cells[i] > 0 && level == 0)
                        level = 1;
                buf = stpcpy(buf, utf8 ? blocks[level] : ascii[level]);
        }
}

static void format_rate(double x, char buf[static FORMAT_MAX]) {
        if (x > 0 && x < 10)
                (void)snprintf(buf, FORMAT_MAX, "%.1f", x);
        else
                format_short((uint64_t)(x + 0.5), buf);
}

static void add_head(Screen *s, const Snapshot *snapshot, const char *trouble) {
        const Row *row = snapshot->status.n > 0 ? &snapshot->status.rows[0] : NULL;
        char since[FORMAT_MAX] = "", clock[16] = "";
        time_t now = time(NULL);
        struct tm tm;

        if (localtime_r(&now, &tm))
                (void)strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
        if (!row || *trouble) {
                add_line(s, style_red(), "%s  %s", clock, *trouble ? trouble : "waiting for sockd");
                return;
        }

        format_ago(rows_number(row, "since_usec"), since);
        add_line(s, style_bold(),
                 "%s  sockd %s %s, started %s, %" PRIu64 " of %" PRIu64 " connections", clock,
                 rows_text(row, "version"), rows_text(row, "state"), since,
                 rows_number(row, "connections"), rows_number(row, "connections_max"));
}

typedef struct Rated {
        const Row *row;
        double rates[HISTORY_SECONDS], sum;
        bool fails;
} Rated;

/* What fails first, then the busiest. */
static int compare_rated(const void *a, const void *b) {
        const Rated *x = a, *y = b;

        if (x->fails != y->fails)
                return x->fails ? -1 : 1;
        return x->sum > y->sum ? -1 : x->sum < y->sum;
}

static void rate(const History *h, char kind, const char *name, const Row *row, Rated *ret) {
        *ret = (Rated){ .row = row, .fails = *rows_text(row, "error") != '\0' };
        history_rates(h, kind, name, ret->rates);
        for (unsigned i = 0; i < HISTORY_SECONDS; i++)
                ret->sum += ret->rates[i];
}

/* How listeners and outputs differ. */
typedef struct RatesLook {
        char kind; /* as in history.h */
        const char *name_key, *sum_key;
        const char *heading, *sum_heading, *state_heading;
} RatesLook;

static const RatesLook listeners_look = {
        .kind = 'l',
        .name_key = "listener",
        .sum_key = "received",
        .heading = "LISTENER",
        .sum_heading = "RECEIVED",
        .state_heading = "WAITING",
};
static const RatesLook outputs_look = {
        .kind = 'o',
        .name_key = "output",
        .sum_key = "recorded",
        .heading = "OUTPUT",
        .sum_heading = "RECORDED",
        .state_heading = "STATE",
};

static void add_rate(Screen *s, const Rated *r, const RatesLook *look) {
        const char *state = rows_text(r->row, r->fails ? "error" : "state");
        char name[LINE_SIZE], now[FORMAT_MAX], sum[FORMAT_MAX], waiting[FORMAT_MAX], bars[128];

        format_rate(r->rates[HISTORY_SECONDS - 1], now);
        bar_chart(r->rates, s->utf8, bars);
        format_short(rows_number(r->row, look->sum_key), sum);
        format_short(rows_number(r->row, "waiting"), waiting);
        add_line(s, r->fails ? style_red() : "", "%s %7s%s%s %8s %*s",
                 name_column(s, rows_text(r->row, look->name_key), s->name_width, name), now,
                 s->narrow ? "" : " ", s->narrow ? "" : bars, sum, *state ? 0 : STATE_WIDTH,
                 *state ? state : waiting);
}

/* LIMIT: lines, with the heading, which says how many there are when not all fit. */
static void add_rates(Screen *s, const History *h, const RatesLook *look, const Rows *rows,
                      size_t limit) {
        const size_t n = MIN(rows->n, limit - 1);
        _cleanup_free_ Rated *rated = calloc(rows->n + 1, sizeof(*rated));
        int chart_width = s->narrow ? 0 : BAR_CELLS + 1;
        char heading[64], span[UNIT_TEXT_MAX + 8];

        if (!rated)
                return; /* the next screen may have the memory */

        for (size_t i = 0; i < rows->n; i++)
                rate(h, look->kind, rows_text(&rows->rows[i], look->name_key), &rows->rows[i],
                     &rated[i]);
        (void)snprintf(heading, sizeof(heading), "%s", look->heading);
        (void)snprintf(span, sizeof(span), " LAST %s",
                       strcmp(s->span, "minute") == 0 ? "MINUTE" : s->span);
        if (n < rows->n) {
                qsort(rated, rows->n, sizeof(*rated), compare_rated);
                (void)snprintf(heading, sizeof(heading), "%s %zu/%zu", look->heading, n, rows->n);
        }
        add_line(s, style_bold(), "%-*s %7s%-*.*s %8s %s", (int)s->name_width, heading, "RATE/S",
                 chart_width, chart_width, span, look->sum_heading, look->state_heading);
        for (size_t i = 0; i < n; i++)
                add_rate(s, &rated[i], look);
}

static int compare_rates(const void *a, const void *b) {
        const HistoryPeer *x = *(HistoryPeer *const *)a, *y = *(HistoryPeer *const *)b;

        if (x->rate > y->rate || x->rate < y->rate)
                return x->rate > y->rate ? -1 : 1;
        return x->received > y->received ? -1 : x->received < y->received;
}

static void add_peers(Screen *s, const History *h, size_t limit) {
        _cleanup_free_ HistoryPeer **order = calloc(h->n_peers + 1, sizeof(HistoryPeer *));

        if (!order)
                return; /* the next screen may have the memory */

        for (size_t i = 0; i < h->n_peers; i++)
                order[i] = &h->peers[i];
        qsort(order, h->n_peers, sizeof(HistoryPeer *), compare_rates);
        add_line(s, style_bold(), "%-*s %7s %8s%s", PEER_WIDTH, "PEER", "RATE/S", "RECEIVED",
                 s->narrow ? "" : "   BYTES LAST SEEN");
        for (size_t i = 0; i < h->n_peers && i + 1 < limit; i++) {
                const HistoryPeer *p = order[i];
                char name[LINE_SIZE], now[FORMAT_MAX], sum[FORMAT_MAX], bytes[FORMAT_MAX];
                char ago[FORMAT_MAX];

                format_rate(p->rate, now);
                format_short(p->received, sum);
                format_bytes(p->bytes, bytes);
                format_ago(p->last_seen_usec, ago);
                (void)column(p->address, PEER_WIDTH, name);
                if (s->narrow)
                        add_line(s, "", "%s %7s %8s", name, now, sum);
                else
                        add_line(s, "", "%s %7s %8s %7s %s", name, now, sum, bytes, ago);
        }
}

static void format_bound(uint64_t usec, uint64_t highest, char buf[static FORMAT_MAX + 8]) {
        char span[FORMAT_MAX];

        format_span(usec == UINT64_MAX ? highest : usec, span);
        (void)snprintf(buf, FORMAT_MAX + 8, "%s%s", usec == UINT64_MAX ? "> " : "<= ", span);
}

static void add_latency(Screen *s, const History *h, const HistoryTotals *minute) {
        uint64_t highest = h->n_bounds > 0 ? h->bounds_usec[h->n_bounds - 1] : 0, n;
        char p50[FORMAT_MAX + 8], p99[FORMAT_MAX + 8], count[FORMAT_MAX];

        format_bound(history_quantile(h, minute, 0.5, &n), highest, p50);
        format_bound(history_quantile(h, minute, 0.99, &n), highest, p99);
        format_short(n, count);
        if (n == 0)
                add_line(s, "", "no receipts in the last %s", s->span);
        else
                add_line(s, "", "receipt latency: p50 %s, p99 %s (%s in the last %s)", p50, p99,
                         count, s->span);
}

static void add_count(Screen *s, uint64_t n, const char *what) {
        if (n > 0)
                add_line(s, style_yellow(), "%" PRIu64 " %s in the last %s", n, what, s->span);
}

static void add_warnings(Screen *s, const Snapshot *snapshot, const HistoryTotals *minute) {
        const char *reload_error = rows_text(&snapshot->status.rows[0], "reload_error");

        if (*reload_error)
                add_line(s, style_red(), "not reloaded: %s", reload_error);
        add_count(s, minute->failed, "messages could not be stored");
        add_count(s, minute->output_failed, "records could not be written to an output");
        add_count(s, minute->output_dropped, "records were dropped by an output");
        add_count(s, minute->kernel_drops, "datagrams were dropped by the kernel");
        add_count(s, minute->refused, "messages were refused");
        add_count(s, minute->connections_refused, "connections were refused");
        add_count(s, minute->accept_errors, "attempts to accept connections failed");
}

/* Warnings come first, then listeners and outputs share the lines; peers get what is left. */
static void paint(Screen *s, const Snapshot *snapshot, const History *h, const char *trouble) {
        HistoryTotals minute;
        size_t room, outputs, listeners;

        add_head(s, snapshot, trouble);
        if (snapshot->status.n == 0)
                return;

        minute = history_minute(h);
        add_warnings(s, snapshot, &minute);
        add_latency(s, h, &minute);
        add_line(s, "", " ");
        room = s->lines_left > PEERS_MIN + 3 ? s->lines_left - PEERS_MIN - 3 : 2;
        outputs = MIN(snapshot->outputs.n + 1, MAX(room / 2, (size_t)2));
        listeners = MIN(snapshot->listeners.n + 1, room > outputs ? room - outputs : 2);
        add_rates(s, h, &listeners_look, &snapshot->listeners, listeners);
        add_line(s, "", " ");
        add_rates(s, h, &outputs_look, &snapshot->outputs, outputs);
        add_line(s, "", " ");
        if (s->lines_left > 1)
                add_peers(s, h, s->lines_left - 1);
        while (s->lines_left > 1)
                add_line(s, "", " ");
        add_line(s, style_grey(), "q quits");
}

static void set_span(Screen *s, uint64_t interval_usec) {
        if (interval_usec == 0 || interval_usec == USEC_PER_SEC)
                (void)strcpy(s->span, "minute");
        else
                unit_format_time(HISTORY_SECONDS * interval_usec, s->span);
}

char *top_screen_paint(const Snapshot *s, History *h, const char *trouble, size_t columns,
                       size_t lines, bool utf8, size_t *ret_size) {
        char *text = NULL;
        Screen screen = {
                .f = open_memstream(&text, ret_size),
                .columns = columns,
                .name_width = NAME_WIDTH + (columns > 80 ? MIN(columns - 80, (size_t)40) : 0),
                .lines_left = lines,
                .utf8 = utf8,
                .narrow = columns < COLUMNS_ALL,
        };

        if (!screen.f)
                return NULL;

        set_span(&screen, h->interval_usec);
        (void)fputs("\033[H", screen.f);
        paint(&screen, s, h, trouble);
        (void)fputs("\033[J", screen.f);
        if (fclose(screen.f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
