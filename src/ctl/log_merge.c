/* SPDX-License-Identifier: MIT */
/* Each open file has its next record here, and the earliest of them is the next of all. */

#include "ctl/log_merge.h"

#include "ctl/log_file.h"
#include "ctl/log_line.h"
#include "ctl/log_seek.h"
#include <errno.h>
#include <string.h>

/* Files that were renamed while they were followed: sockd may write to the last one for seconds. */
#define RENAMED_MAX 2
#define NONE SIZE_MAX

typedef struct Stream {
        LogFile *file;    /* NULL: not opened yet, or done */
        const char *path; /* borrowed */
        uint64_t since;   /* older records are passed over */
        uint64_t first;   /* of a file that is not open yet: the time of its first record */
        bool is_due;      /* it is not open yet */
        bool is_live;     /* it is kept at its end */
        bool is_renamed;  /* it was so before it was seen */
        bool has_entry;   /* the next is one */
        LogEntry *entry;  /* while it is open */
        char *message;    /* what it refers to */
        size_t message_size;
} Stream;

struct LogMerge {
        Stream *streams;
        size_t n;
        uint64_t since, until;
        uint64_t newest; /* of all that were returned */
        uint64_t
                started; /* the newest when the end was reached for the first time; 0: it was not */
        LogMergeEnd end;
        size_t last; /* whose entry was returned last; NONE */
};

static void close_stream(Stream *s) {
        s->file = log_file_free(s->file);
        free(s->entry);
        free(s->message);
        s->entry = NULL;
        s->message = NULL;
        s->message_size = 0;
        s->has_entry = s->is_live = s->is_due = false;
}

LogMerge *log_merge_free(LogMerge *m) {
        if (!m)
                return NULL;

        for (size_t i = 0; i < m->n; i++)
                close_stream(&m->streams[i]);
        free(m->streams);
        free(m);
        return NULL;
}

static int open_file(const char *path, LogFile **ret) {
        int r = log_file_open(path, ret);

        return r < 0 && r != -ESRCH ? log_files_complain(path, r) : r; /* -ESRCH: it was printed */
}

/* The time of the first record of a file. Returns 1, 0 when it has none, negative errno. */
static int look_first(const char *path, uint64_t *ret) {
        _cleanup_(log_file_freep) LogFile *f = NULL;
        const char *line;
        size_t size;
        int r = open_file(path, &f);

        while (r >= 0 && (r = log_file_next(f, &line, &size)) > 0)
                if (log_line_time(line, size, ret))
                        return 1;
        return r;
}

static int add_streams(LogMerge *m, const LogFiles *files) {
        m->streams = calloc(MAX(files->n, 1U), sizeof(*m->streams));
        if (!m->streams)
                return -ENOMEM;

        for (size_t i = 0; i < files->n; i++) {
                const LogPath *p = &files->paths[i];
                Stream *s = &m->streams[m->n];
                const bool is_live = p->is_live && m->end == LOG_MERGE_KEEP;
                int r;

                if (!is_live && !log_files_may_reach(p, m->since))
                        continue;

                *s = (Stream){
                        .path = p->path, .is_due = true, .is_live = is_live, .since = m->since
                };
                r = look_first(p->path, &s->first);
                if (r == -ENOENT) /* it has just been rotated away */
                        continue;
                if (r < 0)
                        return r;
                if (r > 0 || is_live)
                        m->n++;
        }
        return 0;
}

int log_merge_new(const LogFiles *files, uint64_t since_usec, uint64_t until_usec, LogMergeEnd end,
                  LogMerge **ret) {
        _cleanup_(log_merge_freep) LogMerge *m = calloc(1, sizeof(*m));
        int r;

        if (!m)
                return -ENOMEM;

        m->since = since_usec;
        m->until = until_usec;
        m->end = end;
        m->last = NONE;
        r = add_streams(m, files);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

static int reserve(Stream *s, size_t size) {
        char *bigger;

        if (size <= s->message_size)
                return 0;

        bigger = realloc(s->message, size);
        if (!bigger)
                return -ENOMEM;
        s->message = bigger;
        s->message_size = size;
        return 0;
}

/* Whether nothing that is wanted can follow a record of this time. */
static bool is_past(const LogMerge *m, uint64_t usec) {
        return usec > m->until && usec - m->until > LOG_FILES_DISORDER_USEC;
}

/* Reads on to the next record of the stream. Returns 1, 0 at the end, negative errno. */
static int advance(LogMerge *m, Stream *s) {
        const char *line;
        size_t size;
        int r;

        s->has_entry = false;
        while ((r = log_file_next(s->file, &line, &size)) > 0) {
                uint64_t usec;

                if (!log_line_time(line, size, &usec) || usec < s->since)
                        continue;
                if (is_past(m, usec))
                        break;
                if (usec > m->until)
                        continue;

                r = reserve(s, size);
                if (r < 0)
                        return r;
                if (log_line_parse(line, size, s->message, s->entry)) {
                        s->has_entry = true;
                        return 1;
                }
        }
        if (r >= 0 && !s->is_live)
                close_stream(s);
        return MIN(r, 0);
}

static int open_stream(LogMerge *m, Stream *s) {
        int r;

        s->is_due = false;
        s->entry = calloc(1, sizeof(*s->entry));
        if (!s->entry)
                return -ENOMEM;

        r = open_file(s->path, &s->file);
        if (r == -ENOENT) {
                close_stream(s);
                return 0;
        }
        if (r >= 0 && s->since > 0 && !log_file_is_compressed(s->path))
                r = log_seek_time(s->file, s->since);
        return r < 0 ? r : advance(m, s);
}

static Stream *find_first(LogMerge *m) {
        Stream *first = NULL;

        for (size_t i = 0; i < m->n; i++) {
                Stream *s = &m->streams[i];

                if (s->has_entry && (!first || s->entry->usec < first->entry->usec))
                        first = s;
        }
        return first;
}

/* The one that is to be opened next. */
static Stream *find_due(LogMerge *m) {
        Stream *first = NULL;

        for (size_t i = 0; i < m->n; i++) {
                Stream *s = &m->streams[i];

                if (s->is_due && (!first || s->first < first->first))
                        first = s;
        }
        return first;
}

/* A file that was truncated begins anew. */
static void start_again(Stream *s) {
        struct stat st;

        if (log_file_stat(s->file, &st) >= 0 && (uint64_t)st.st_size < log_file_offset(s->file))
                log_file_seek(s->file, 0);
}

/* Live ones have come to an end before, and may have grown. */
static int read_on(LogMerge *m) {
        int r = 0;

        if (m->last != NONE && m->streams[m->last].file)
                r = advance(m, &m->streams[m->last]);
        m->last = NONE;
        for (size_t i = 0; i < m->n && r >= 0; i++) {
                Stream *s = &m->streams[i];

                if (!s->is_live || !s->file || s->has_entry)
                        continue;
                start_again(s);
                r = advance(m, s);
        }
        return MIN(r, 0);
}

int log_merge_next(LogMerge *m, const LogEntry **ret) {
        Stream *first, *due;
        int r = read_on(m);

        while (r >= 0) {
                first = find_first(m);
                due = find_due(m);
                if (!due || (first && first->entry->usec < due->first)) {
                        if (!first) {
                                m->started = m->started > 0 ? m->started : m->newest;
                                return 0;
                        }
                        m->last = (size_t)(first - m->streams);
                        m->newest = MAX(m->newest, first->entry->usec);
                        *ret = first->entry;
                        return 1;
                }
                if (is_past(m, due->first) && !due->is_live)
                        close_stream(due);
                else
                        r = open_stream(m, due);
        }
        return r;
}

/* The oldest of those that are kept for the same reason give way. */
static void retire(LogMerge *m, const Stream *newest) {
        size_t n = 0;

        for (size_t i = m->n; i-- > 0;) {
                Stream *s = &m->streams[i];

                if (s->is_live && s->is_renamed == newest->is_renamed &&
                    (s->is_renamed || strcmp(s->path, newest->path) == 0) && n++ > RENAMED_MAX &&
                    !s->has_entry && !s->is_due)
                        close_stream(s);
        }
}

static int add(LogMerge *m, const Stream *s) {
        Stream *bigger = reallocarray(m->streams, m->n + 1, sizeof(*m->streams));

        if (!bigger)
                return -ENOMEM;
        m->streams = bigger;
        m->streams[m->n++] = *s;
        retire(m, s);
        return 0;
}

/* Whether the file is open. */
static bool has_file(const LogMerge *m, const struct stat *there) {
        struct stat st;

        for (size_t i = 0; i < m->n; i++)
                if (m->streams[i].file && log_file_stat(m->streams[i].file, &st) >= 0 &&
                    st.st_dev == there->st_dev && st.st_ino == there->st_ino)
                        return true;
        return false;
}

int log_merge_look(LogMerge *m, const char *path) {
        const Stream s = { .path = path, .since = m->since, .is_due = true, .is_live = true };
        struct stat there;

        if (stat(path, &there) < 0 || has_file(m, &there))
                return 0; /* it may come back */
        return add(m, &s);
}

int log_merge_add(LogMerge *m, const char *path) {
        const Stream s = {
                .path = path,
                .since = MAX(m->newest - MIN(m->newest, LOG_FILES_DISORDER_USEC), m->started),
                .is_due = true,
                .is_live = true,
                .is_renamed = true,
        };
        struct stat there;

        if (log_file_is_compressed(path) || stat(path, &there) < 0 || has_file(m, &there))
                return 0;
        return add(m, &s);
}
