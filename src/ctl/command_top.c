/* SPDX-License-Identifier: MIT */
/* sockctl top: queries sockd again and again, also while it does not run. */

#include "core/clock.h"
#include "ctl/command.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/terminal.h"
#include "ctl/top_screen.h"

/* Keys are not read during a call. */
#define TIMEOUT_USEC USEC_PER_SEC

#define INTERVAL_MAX_USEC (3600 * USEC_PER_SEC)

static const Option options[] = {
        { 'd', "interval", "TIME", "time between two looks [1s]" },
};

typedef struct Top {
        const Global *global;
        uint64_t interval_usec;
        sd_bus *bus; /* NULL: not connected */
        Snapshot now;
        History history;
        char trouble[PRINT_ERROR_MAX];
} Top;

static Status get(Top *t, Snapshot *ret, Rows *peers) {
        Status status = t->bus ? STATUS_OK : bus_open(t->global, TIMEOUT_USEC, &t->bus);

        if (status == STATUS_OK)
                status = snapshot_get(t->bus, ret);
        if (status == STATUS_OK)
                status = listing_get(t->bus, "ListPeers", peers);
        return status;
}

/* What went wrong is in t->trouble: print_error() writes there. */
static void sample(Top *t) {
        _cleanup_(rows_done) Rows peers = { 0 };
        Snapshot fresh = { 0 };

        *t->trouble = '\0';
        if (get(t, &fresh, &peers) != STATUS_OK) {
                snapshot_done(&fresh);
                t->bus = sd_bus_close_unref(t->bus);
                return;
        }

        snapshot_done(&t->now);
        t->now = fresh;
        if (history_add(&t->history, &t->now, &peers, clock_monotonic()) < 0)
                print_error("out of memory");
}

static void draw(Top *t) {
        _cleanup_free_ char *text = NULL;
        size_t columns, lines, size;

        terminal_size(&columns, &lines);
        t->history.interval_usec = t->interval_usec; /* a history that starts anew forgets it */
        text = top_screen_paint(&t->now, &t->history, t->trouble, columns, lines,
                                terminal_is_utf8(), &size);
        if (text)
                terminal_draw(text, size);
}

static void watch(Top *t) {
        uint64_t next = clock_monotonic();
        TerminalEvent event = TERMINAL_TIMEOUT;

        while (event != TERMINAL_QUIT) {
                if (event == TERMINAL_TIMEOUT) {
                        sample(t);
                        next = MAX(next + t->interval_usec, clock_monotonic());
                }
                draw(t);
                event = terminal_wait(next);
        }
}

static int take_option(void *target, int key _unused_, const char *argument) {
        Top *t = target;

        return options_time("--interval", argument, INTERVAL_MAX_USEC, &t->interval_usec);
}

Status command_top(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " top",
                .usage = "[OPTION...]",
                .summary = "Show rates, busy peers and problems on a live screen; q quits.",
                .options = options,
                .n_options = ELEMENTSOF(options),
                .take = take_option,
        };
        Top t = { .global = global, .interval_usec = USEC_PER_SEC };
        Status status = STATUS_OK;

        if (!command_only_options(&set, &t, arguments, global, &status))
                return status;
        /* Whether this is the sockd that is meant is known before anything is shown of it. */
        if (global->config_given)
                status = bus_open(global, TIMEOUT_USEC, &t.bus);
        if (status != STATUS_OK || terminal_start() < 0)
                return status != STATUS_OK ? status : STATUS_FAILED;

        print_errors_to(t.trouble);
        watch(&t);
        print_errors_to(NULL);
        terminal_stop();
        snapshot_done(&t.now);
        history_done(&t.history);
        (void)sd_bus_close_unref(t.bus);
        return STATUS_OK;
}
