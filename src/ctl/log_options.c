/* SPDX-License-Identifier: MIT */
/* What an option takes is checked when it is seen; what goes together, when all of them are known. */

#include "ctl/log_options.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/macro.h"
#include "ctl/log_entry.h"
#include "ctl/print.h"
#include "ctl/when.h"
#include <errno.h>
#include <string.h>

#define LINES_FOLLOW 10
#define NAME_MAX_SIZE 32

enum {
        KEY_SINCE = OPTION_KEY_LONG,
        KEY_UNTIL,
        KEY_PEER,
        KEY_NAME,
        KEY_LISTENER,
        KEY_ID,
        KEY_SOURCE,
        KEY_RECEIPTS,
};

static const Option options[] = {
        { 'f', "follow", NULL, "keep printing new messages as they arrive" },
        { 'n', "lines", "N", "show only the last N [all; 10 with --follow]" },
        { KEY_SINCE, "since", "TIME", "start at \"5min ago\", \"10:30\", \"2026-11-23\"" },
        { KEY_UNTIL, "until", "TIME", "stop after this time" },
        { KEY_PEER, "peer", "ADDRESS", "from this address or prefix, uid:N, gid:N or vsock:N" },
        { KEY_NAME, "name", "NAME", "from the peer whose certificate has this name" },
        { KEY_LISTENER, "listener", "NAME", "received by this listener" },
        { KEY_ID, "id", "ID", "with this receipt id" },
        { 'o', "output", "MODE", "short [default], json or cat" },
        { KEY_RECEIPTS, "receipts", "FILE", "tell which of these receipts have no record" },
        { KEY_SOURCE, "source", "WHERE", "files, journal, or the path of a file or directory" },
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

static int take_output(LogOptions *o, const char *text) {
        static const char *const modes[] = {
                [LOG_SHORT] = "short",
                [LOG_JSON] = "json",
                [LOG_CAT] = "cat",
        };
        size_t mode;
        int r = options_word("--output", text, modes, ELEMENTSOF(modes), &mode);

        if (r >= 0) {
                o->output = (LogOutput)mode;
                o->output_set = true;
        }
        return r;
}

static int take_option(void *target, int key, const char *argument) {
        LogOptions *o = target;
        LogFilter *f = &o->wish.filter;

        switch (key) {
        case 'f':
                o->wish.follow = true;
                return 0;
        case 'n':
                o->lines_set = true;
                return options_number("--lines", argument, &o->wish.lines);
        case KEY_SINCE:
                return take_time("--since", argument, &f->since_usec);
        case KEY_UNTIL:
                return take_time("--until", argument, &f->until_usec);
        case KEY_PEER:
                return take_peer(f, argument);
        case KEY_NAME:
                return take_word("--name", argument, LOG_ENTRY_PLAIN_BYTES, TLS_PEER_NAME_MAX,
                                 f->names, &f->n_names);
        case KEY_LISTENER:
                return take_word("--listener", argument, "abcdefghijklmnopqrstuvwxyz0123456789_-",
                                 NAME_MAX_SIZE, f->listeners, &f->n_listeners);
        case KEY_ID:
                return take_word("--id", argument, "abcdefghijklmnopqrstuvwxyz0123456789-",
                                 ID_TEXT_MAX, f->ids, &f->n_ids);
        case 'o':
                return take_output(o, argument);
        case KEY_SOURCE:
                o->wish.source = argument;
                return 0;
        case KEY_RECEIPTS:
                o->receipts = argument;
                return 0;
        default:
                o->wish.directory = argument;
                return 0;
        }
}

static bool has_filter(const LogOptions *o) {
        const LogFilter *f = &o->wish.filter;

        return f->n_ids > 0 || f->n_listeners > 0 || f->n_names > 0 || f->n_peers > 0 ||
               f->since_usec > 0 || f->until_usec != UINT64_MAX || o->lines_set || o->output_set ||
               o->wish.follow;
}

static int check(const LogOptions *o) {
        const LogWish *w = &o->wish;

        if (w->follow && w->filter.until_usec != UINT64_MAX)
                print_error("--follow and --until cannot be combined");
        else if (o->receipts && has_filter(o))
                print_error("--receipts can be combined only with --source and --directory");
        else if (w->directory && w->source && strcmp(w->source, "journal") != 0)
                print_error("--directory and --source=%s cannot be combined", w->source);
        else
                return 0;
        return -EINVAL;
}

bool log_options_parse(Arguments arguments, Global *global, LogOptions *ret, Status *ret_status) {
        static const OptionSet set = {
                .command = " log",
                .usage = "[OPTION...]",
                .summary = "Show recorded messages.",
                .options = options,
                .n_options = ELEMENTSOF(options),
                .take = take_option,
        };

        *ret = (LogOptions){ .wish = { .filter = { .until_usec = UINT64_MAX },
                                       .lines = LOG_LINES_ALL } };
        if (!command_only_options(&set, ret, arguments, global, ret_status))
                return false;
        if (check(ret) < 0) {
                *ret_status = STATUS_USAGE;
                return false;
        }

        if (ret->wish.follow && !ret->lines_set && ret->wish.filter.since_usec == 0)
                ret->wish.lines = LINES_FOLLOW;
        if (global->json != JSON_OFF && !ret->output_set)
                ret->output = LOG_JSON;
        return true;
}
