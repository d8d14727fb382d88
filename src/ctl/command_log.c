/* SPDX-License-Identifier: MIT */
/* sockctl log: what was recorded, and which receipts have a record. */

#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/log_config.h"
#include "ctl/log_entry.h"
#include "ctl/log_options.h"
#include "ctl/log_receipts.h"
#include "ctl/log_source_kinds.h"
#include "ctl/pager.h"
#include "ctl/print.h"
#include "ctl/style.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct Log {
        LogOptions options;
        LogFiles files; /* to be read, if read_files */
        bool read_files;
        LogSource *source;
        char *buffer;
        size_t buffer_size;
        uint64_t n_printed;
} Log;

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
        Format format = l->options.output == LOG_JSON ? FORMAT_JSON : FORMAT_TEXT;
        size_t size, skip = 0;
        int r = log_entry_format(e, format, &l->buffer, &l->buffer_size, &size);

        if (r < 0)
                return r;

        l->n_printed++;
        if (l->options.output == LOG_CAT) /* time, listener, peer and id, each with its space */
                skip = RECORD_TIME_SIZE + strlen(e->listener) + strlen(e->peer_text) + e->id.size +
                       4;
        if (l->options.output == LOG_SHORT && style_colours())
                print_coloured(l->buffer, size);
        else
                print_bytes(l->buffer + skip, size - skip);
        return 0;
}

/* Prints from the current position to the end. Returns 0 or negative errno. */
static int print_to_end(Log *l) {
        const LogEntry *e;
        int r = 0;

        while (!print_failed() && (r = log_source_next(l->source, &e)) > 0) {
                r = print_entry(l, e);
                if (r < 0)
                        return r;
        }
        return MIN(r, 0);
}

/* Returns when standard output is closed. */
static int follow(Log *l) {
        int r = 1;

        while (r > 0 && print_flush() == 0) {
                r = log_source_wait(l->source, STDOUT_FILENO);
                if (r > 0 && print_to_end(l) < 0)
                        r = -EIO;
        }
        return r;
}

static int open_source(Log *l, const Global *global) {
        const LogWish *wish = &l->options.wish;

        return l->read_files ? log_source_files_new(wish, &l->files, &l->source)
                             : log_source_journal_new(wish, global, &l->source);
}

static int show(Log *l, const Global *global) {
        int r = open_source(l, global);

        if (r < 0)
                return r;
        if (!l->options.wish.follow)
                pager_open(global);
        r = print_to_end(l);
        if (r >= 0 && l->options.wish.follow)
                r = follow(l);
        if (r >= 0 && l->options.wish.filter.n_ids > 0 && l->n_printed == 0) {
                print_error("no message with this id in %s, or other options exclude it",
                            log_source_name(l->source));
                r = -ENOENT;
        }
        return r;
}

static int prove(Log *l, const Global *global) {
        _cleanup_(receipt_set_freep) ReceiptSet *set = receipt_set_new();
        int r = set ? log_receipts_read(l->options.receipts, set) : -ENOMEM;

        if (r < 0)
                return r;

        if (l->read_files) {
                r = log_receipts_find_in_files(set, &l->files);
        } else {
                r = open_source(l, global);
                if (r >= 0)
                        r = log_receipts_find_in_source(set, l->source);
        }
        if (r < 0)
                return r;
        log_receipts_print(set);
        return receipt_set_missing(set) > 0 ? -ENOENT : 0;
}

static Status run(Log *l, const Global *global) {
        int r = log_config_find_files(&l->options.wish, global, &l->files);

        if (r == -EINVAL)
                return STATUS_USAGE;
        l->read_files = r > 0;
        if (r >= 0)
                r = l->options.receipts ? prove(l, global) : show(l, global);
        if (r == -ENOMEM)
                print_error("out of memory");
        return r < 0 ? STATUS_FAILED : STATUS_OK;
}

Status command_log(Arguments arguments, Global *global) {
        Log l = { 0 };
        Status status;

        if (!log_options_parse(arguments, global, &l.options, &status))
                return status;

        status = run(&l, global);
        log_source_free(l.source);
        log_files_done(&l.files);
        free(l.buffer);
        return status;
}
