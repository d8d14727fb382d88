/* SPDX-License-Identifier: MIT */
/* sockctl log: messages from the journal. */

#include "core/clock.h"
#include "core/escape.h"
#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/log_filter.h"
#include "ctl/log_source.h"
#include "ctl/pager.h"
#include "ctl/print.h"
#include "ctl/style.h"
#include "ctl/when.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#define LINES_FOLLOW 10
#define LINES_ALL UINT64_MAX
#define NAME_MAX_SIZE 32

typedef enum LogOutput {
        LOG_SHORT,
        LOG_JSON,
        LOG_CAT,
} LogOutput;

typedef struct Log {
        LogFilter filter;
        LogOutput output;
        const char *directory; /* NULL: the journal of this machine */
        uint64_t lines;
        bool lines_set, output_set, follow;
        sd_journal *journal;
        char *buffer;
        size_t buffer_size;
        uint64_t n_printed;
} Log;

enum {
        KEY_SINCE = OPTION_KEY_LONG,
        KEY_UNTIL,
        KEY_PEER,
        KEY_LISTENER,
        KEY_ID,
};

static const Option options[] = {
        { 'f', "follow", NULL, "keep printing new messages as they arrive" },
        { 'n', "lines", "N", "show only the last N [all; 10 with --follow]" },
        { KEY_SINCE, "since", "TIME", "start at \"5min ago\", \"10:30\", \"2026-11-23\"" },
        { KEY_UNTIL, "until", "TIME", "stop after this time" },
        { KEY_PEER, "peer", "ADDRESS", "from this address or prefix, uid:N, gid:N or vsock:N" },
        { KEY_LISTENER, "listener", "NAME", "received by this listener" },
        { KEY_ID, "id", "ID", "with this receipt id" },
        { 'o', "output", "MODE", "short [default], json or cat" },
        { 'D', "directory", "DIR", "read the journal in this directory" },
};

static int take_time(const char *option, const char *text, uint64_t *ret) {
        if (when_parse(text, clock_realtime(), ret) < 0) {
                print_error("%s: cannot parse time \"%s\", expected for example \"5min ago\", "
                            "\"10:30\" or \"2026-11-23 10:30:00\"",
                            option, text);
                return -EINVAL;
        }
        return 0;
}

static int complain_too_many(const char *option) {
        print_error("%s: given more than %d times", option, LOG_FILTER_MAX);
        return -EINVAL;
}

static int take_peer(LogFilter *f, const char *text) {
        Prefix prefix;
        int r;

        if (f->n_peers == LOG_FILTER_MAX)
                return complain_too_many("--peer");

        r = prefix_parse(text, &prefix);
        if (r >= 0) {
                f->peers[f->n_peers++] = prefix;
                return 0;
        }
        if (r == -ENODEV)
                print_error("--peer: no such interface: \"%s\"", text);
        else
                print_error("--peer: invalid address or prefix \"%s\"", text);
        return -EINVAL;
}

/* TEXT must have 1 to MAX characters, all of them in BYTES. */
static int take_word(const char *option, const char *text, const char *bytes, size_t max,
                     const char **words, size_t *n) {
        size_t size = strlen(text);

        if (*n == LOG_FILTER_MAX)
                return complain_too_many(option);
        if (size == 0 || size > max || strspn(text, bytes) != size) {
                print_error("%s: invalid value \"%s\"", option, text);
                return -EINVAL;
        }
        words[(*n)++] = text;
        return 0;
}

static int take_output(Log *l, const char *text) {
        static const char *const modes[] = {
                [LOG_SHORT] = "short",
                [LOG_JSON] = "json",
                [LOG_CAT] = "cat",
        };
        size_t mode;
        int r = options_word("--output", text, modes, ELEMENTSOF(modes), &mode);

        if (r >= 0) {
                l->output = (LogOutput)mode;
                l->output_set = true;
        }
        return r;
}

static int take_option(void *target, int key, const char *argument) {
        Log *l = target;
        LogFilter *f = &l->filter;

        switch (key) {
        case 'f':
                l->follow = true;
                return 0;
        case 'n':
                l->lines_set = true;
                return options_number("--lines", argument, &l->lines);
        case KEY_SINCE:
                return take_time("--since", argument, &f->since_usec);
        case KEY_UNTIL:
                return take_time("--until", argument, &f->until_usec);
        case KEY_PEER:
                return take_peer(f, argument);
        case KEY_LISTENER:
                return take_word("--listener", argument, "abcdefghijklmnopqrstuvwxyz0123456789_-",
                                 NAME_MAX_SIZE, f->listeners, &f->n_listeners);
        case KEY_ID:
                return take_word("--id", argument, "abcdefghijklmnopqrstuvwxyz0123456789-",
                                 ID_TEXT_MAX, f->ids, &f->n_ids);
        case 'o':
                return take_output(l, argument);
        default:
                l->directory = argument;
                return 0;
        }
}

/* LINE is a text record: prints its head in grey, the peer in bold. */
static void print_coloured(const char *line, size_t size) {
        const char *end = line + size;
        const char *peer = memchr(line, ' ', size); /* after the time */
        const char *id;

        peer = memchr(peer + 1, ' ', (size_t)(end - peer) - 1); /* after the listener */
        id = memchr(peer + 1, ' ', (size_t)(end - peer) - 1);
        printf("%s%.*s%s%s%.*s%s", style_grey(), (int)(peer - line), line, style_reset(),
               style_bold(), (int)(id - peer), peer, style_reset());
        print_bytes(id, (size_t)(end - id));
}

static int print_entry(Log *l, const LogEntry *e) {
        Format format = l->output == LOG_JSON ? FORMAT_JSON : FORMAT_TEXT;
        size_t size, skip = 0;
        int r = log_entry_format(e, format, &l->buffer, &l->buffer_size, &size);

        if (r < 0)
                return r;

        l->n_printed++;
        if (l->output == LOG_CAT) /* time, listener, peer and id, each with its space */
                skip = RECORD_TIME_SIZE + strlen(e->listener) + strlen(e->peer_text) + e->id.size +
                       4;
        if (l->output == LOG_SHORT && style_colours())
                print_coloured(l->buffer, size);
        else
                print_bytes(l->buffer + skip, size - skip);
        return 0;
}

/* Returns 1 when the current entry is wanted, 0 when not, or negative errno. */
static int read_wanted(Log *l, LogEntry *e) {
        int r = log_entry_read(l->journal, e);

        return r <= 0 ? r : log_filter_wants(&l->filter, e);
}

/* Prints from the current position to the end. Returns 0 or negative errno. */
static int print_to_end(Log *l) {
        LogEntry e;
        int r;

        while ((r = sd_journal_next(l->journal)) > 0) {
                uint64_t usec;

                if (sd_journal_get_realtime_usec(l->journal, &usec) >= 0 &&
                    log_filter_is_past(&l->filter, usec))
                        return 0;
                r = read_wanted(l, &e);
                if (r > 0)
                        r = print_entry(l, &e);
                /* A journal file that was vacuumed or is corrupt must not hide the others. */
                if (r < 0 && r != -EBADMSG && r != -ENOENT && r != -EADDRNOTAVAIL)
                        return r;
                if (print_failed())
                        return 0;
        }
        return r;
}

/* Positions the journal before the last l->lines records that are wanted. */
static int seek_last(Log *l) {
        int r = sd_journal_seek_tail(l->journal);
        uint64_t n = 0;
        LogEntry e;

        while (r >= 0 && (r = sd_journal_previous(l->journal)) > 0) {
                uint64_t usec;

                if (n == l->lines || (sd_journal_get_realtime_usec(l->journal, &usec) >= 0 &&
                                      usec < l->filter.since_usec))
                        return 0;
                n += read_wanted(l, &e) > 0;
        }
        return r < 0 ? r : sd_journal_seek_head(l->journal);
}

static int seek(Log *l) {
        if (l->lines != LINES_ALL)
                return seek_last(l);
        if (l->filter.since_usec > 0)
                return sd_journal_seek_realtime_usec(l->journal, l->filter.since_usec);
        return sd_journal_seek_head(l->journal);
}

/* Returns when standard output is closed, which is noticed even while no message arrives. */
static int follow(Log *l) {
        struct pollfd fds[] = {
                { .fd = STDOUT_FILENO },
                { .fd = sd_journal_get_fd(l->journal) },
        };
        int r = fds[1].fd;

        while (r >= 0 && print_flush() == 0) {
                uint64_t until;
                int events = sd_journal_get_events(l->journal);

                if (events < 0 || sd_journal_get_timeout(l->journal, &until) < 0)
                        return events < 0 ? events : -EIO;
                fds[1].events = (short)events;
                if (poll(fds, ELEMENTSOF(fds), clock_timeout_msec(until, clock_monotonic())) < 0 &&
                    errno != EINTR)
                        return -errno;
                if (fds[0].revents & (POLLERR | POLLNVAL))
                        return 0;
                r = sd_journal_process(l->journal);
                if (r >= 0)
                        r = print_to_end(l);
        }
        return r;
}

static int show(Log *l, const Global *global) {
        int r = log_filter_apply(&l->filter, &global->instance, l->journal);

        if (r >= 0 && l->follow)
                r = MIN(sd_journal_get_fd(l->journal),
                        0); /* starts watching: nothing is missed from here on */
        if (r >= 0)
                r = seek(l);
        if (!l->follow)
                pager_open(global);
        if (r >= 0)
                r = print_to_end(l);
        if (r >= 0 && l->follow)
                r = follow(l);
        return r;
}

static Status run(Log *l, const Global *global) {
        int r;

        if (log_source_open(l->directory, &l->journal) < 0)
                return STATUS_FAILED;

        r = show(l, global);
        if (r < 0) {
                print_error("cannot read the journal: %s", strerrordesc_np(-r));
                return STATUS_FAILED;
        }
        if (l->filter.n_ids > 0 && l->n_printed == 0) {
                print_error("no message with this id in the journal, or other options exclude it");
                return STATUS_FAILED;
        }
        return STATUS_OK;
}

Status command_log(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " log",
                .usage = "[OPTION...]",
                .summary = "Show messages from the journal.",
                .options = options,
                .n_options = ELEMENTSOF(options),
                .take = take_option,
        };
        Log l = { .filter = { .until_usec = UINT64_MAX }, .lines = LINES_ALL };
        Status status;

        if (!command_only_options(&set, &l, arguments, global, &status))
                return status;
        if (l.follow && l.filter.until_usec != UINT64_MAX) {
                print_error("--follow and --until cannot be combined");
                return STATUS_USAGE;
        }

        if (l.follow && !l.lines_set && l.filter.since_usec == 0)
                l.lines = LINES_FOLLOW;
        if (global->json != JSON_OFF && !l.output_set)
                l.output = LOG_JSON;
        status = run(&l, global);
        sd_journal_close(l.journal);
        free(l.buffer);
        return status;
}
