/* SPDX-License-Identifier: MIT */
/* Files, as one stream of records by time; or, for ids, the few lines that were found. */

#include "ctl/log_file.h"
#include "ctl/log_find.h"
#include "ctl/log_line.h"
#include "ctl/log_merge.h"
#include "ctl/log_seek.h"
#include "ctl/log_shown.h"
#include "ctl/log_source_kinds.h"
#include "ctl/log_watch.h"
#include <errno.h>
#include <string.h>

/* How far to look back for the last lines: at first this long, then so many times as long. */
#define LOOK_BACK_USEC USEC_PER_SEC
#define LOOK_BACK_GROWTH 16

typedef struct FilesSource {
        LogSource base;
        const LogWish *wish;
        LogFiles files;
        LogWatch *watch;
        LogShown *shown; /* what has been shown */
        LogMerge *merge; /* or NULL, and the next are used */
        LogFound found;
        size_t i_found;
        char *message;
        LogEntry entry;
        uint64_t skip; /* so many that are wanted, before those that are shown */
} FilesSource;

static LogSource *files_free(LogSource *base) {
        FilesSource *s = (FilesSource *)base;

        log_watch_free(s->watch);
        log_merge_free(s->merge);
        log_shown_free(s->shown);
        log_find_done(&s->found);
        log_files_done(&s->files);
        free(s->message);
        free(s);
        return NULL;
}

static int next_found(FilesSource *s, const LogEntry **ret) {
        while (s->i_found < s->found.n) {
                const LogFoundLine *l = &s->found.lines[s->i_found++];

                free(s->message);
                s->message = malloc(MAX(l->size, (size_t)1));
                if (!s->message)
                        return -ENOMEM;
                if (log_line_parse(l->text, l->size, s->message, &s->entry)) {
                        *ret = &s->entry;
                        return 1;
                }
        }
        return 0;
}

static int next_wanted(FilesSource *s, const LogEntry **ret) {
        int r;

        do
                r = s->merge ? log_merge_next(s->merge, ret) : next_found(s, ret);
        while (r > 0 && (!log_filter_wants(&s->wish->filter, *ret) ||
                         !log_shown_add(s->shown, &(*ret)->id)));
        return r;
}

static int files_next(LogSource *base, const LogEntry **ret) {
        FilesSource *s = (FilesSource *)base;
        int r;

        while ((r = next_wanted(s, ret)) > 0 && s->skip > 0)
                s->skip--;
        return r;
}

/* Files that are at their place are new only if they are not open; those with other names may be old. */
static int look_for_files(FilesSource *s) {
        size_t known = s->files.n;
        int r = log_files_update(&s->files);

        for (size_t i = 0; i < s->files.n_targets && r >= 0; i++)
                r = log_merge_look(s->merge, s->files.targets[i].path);
        for (; known < s->files.n && r >= 0; known++)
                if (!s->files.paths[known].is_live)
                        r = log_merge_add(s->merge, s->files.paths[known].path);
        return r;
}

static int files_wait(LogSource *base, int fd) {
        FilesSource *s = (FilesSource *)base;
        int r = log_watch_wait(s->watch, fd);

        if (r == LOG_WATCH_NAMES)
                r = look_for_files(s);
        else if (r <= 0)
                return r;
        return r < 0 ? r : 1;
}

static int merge(FilesSource *s, uint64_t since_usec, LogMergeEnd end) {
        s->merge = log_merge_free(s->merge);
        log_shown_free(s->shown);
        s->shown = log_shown_new();
        if (!s->shown)
                return -ENOMEM;
        return log_merge_new(&s->files, since_usec, s->wish->filter.until_usec, end, &s->merge);
}

static int count(FilesSource *s, uint64_t since_usec, uint64_t *ret) {
        const LogEntry *e;
        uint64_t n = 0;
        int r = merge(s, since_usec, LOG_MERGE_CLOSE);

        while (r >= 0 && (r = next_wanted(s, &e)) > 0)
                n++;
        *ret = n;
        return r;
}

/* When the last record was made, about. A file may have been copied long after that. */
static int look_newest(const FilesSource *s, uint64_t *ret) {
        _cleanup_(log_file_freep) LogFile *f = NULL;
        const LogPath *last = NULL;
        uint64_t usec;
        int r;

        for (size_t i = 0; i < s->files.n; i++)
                if (!last || s->files.paths[i].changed_usec > last->changed_usec)
                        last = &s->files.paths[i];

        *ret = s->wish->filter.until_usec;
        if (!last)
                return 0;
        *ret = MIN(*ret, last->changed_usec);
        if (log_file_is_compressed(last->path) || log_file_open(last->path, &f) < 0)
                return 0; /* what is wrong with it is told when it is read */
        r = log_seek_last(f, &usec);
        if (r > 0)
                *ret = MIN(s->wish->filter.until_usec, usec);
        return r;
}

/* Finds a time since which there are enough records. */
static int look_back(FilesSource *s, uint64_t *ret_since) {
        const uint64_t since = s->wish->filter.since_usec;
        uint64_t back = LOOK_BACK_USEC, n, end;
        int r = look_newest(s, &end);

        for (; r >= 0; back *= LOOK_BACK_GROWTH) {
                *ret_since = MAX(since, end - MIN(back, end));
                r = count(s, *ret_since, &n);
                if (r >= 0 && (n >= s->wish->lines || *ret_since <= since)) {
                        s->skip = n - MIN(n, s->wish->lines);
                        return 0;
                }
        }
        return r;
}

static int start(FilesSource *s) {
        const LogFilter *f = &s->wish->filter;
        uint64_t since = f->since_usec;
        int r = 0;

        if (f->n_ids > 0 && !s->wish->follow && s->wish->lines == LOG_LINES_ALL) {
                s->shown = log_shown_new();
                return s->shown ? log_find(&s->files, f->ids, f->n_ids, &s->found) : -ENOMEM;
        }

        if (s->wish->lines != LOG_LINES_ALL)
                r = look_back(s, &since);
        if (r >= 0)
                r = merge(s, since, s->wish->follow ? LOG_MERGE_KEEP : LOG_MERGE_CLOSE);
        return r;
}

int log_source_files_new(const LogWish *wish, LogFiles *files, LogSource **ret) {
        static const LogSourceKind kind = {
                .name = "the files",
                .next = files_next,
                .wait = files_wait,
                .free = files_free,
        };
        _cleanup_(log_source_freep) LogSource *base = NULL;
        FilesSource *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;

        s->base.kind = &kind;
        s->wish = wish;
        s->files = *files;
        *files = (LogFiles){ 0 };
        base = &s->base;
        s->watch = log_watch_new();
        if (!s->watch)
                return -ENOMEM;
        for (size_t i = 0; i < s->files.n_targets; i++)
                log_watch_add(s->watch, s->files.targets[i].path);
        r = start(s);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(base);
        return 0;
}
