/* SPDX-License-Identifier: MIT */
/* Bisecting may miss a record that is there; what it has not found is read for, file by file. */

#include "ctl/log_find.h"

#include "core/macro.h"
#include "ctl/id_parts.h"
#include "ctl/log_file.h"
#include "ctl/log_line.h"
#include "ctl/log_seek.h"
#include <errno.h>
#include <string.h>

/* Those that are still looked for. */
typedef struct Wanted {
        Id *ids;
        size_t n;
        uint64_t started; /* no record of them is older */
} Wanted;

void log_find_done(LogFound *f) {
        for (size_t i = 0; i < f->n; i++)
                free(f->lines[i].text);
        free(f->lines);
        *f = (LogFound){ 0 };
}

/* A line that only looks like a record is none. Returns 1 if it was added, 0, or -ENOMEM. */
static int add(LogFound *f, const char *line, size_t size) {
        _cleanup_free_ char *message = malloc(MAX(size, (size_t)1)), *text = malloc(size + 1);
        _cleanup_free_ LogEntry *e = calloc(1, sizeof(*e));

        if (!message || !text || !e)
                return -ENOMEM;
        if (!log_line_parse(line, size, message, e))
                return 0;

        memcpy(text, line, size);
        f->lines[f->n++] = (LogFoundLine){ TAKE_PTR(text), size, e->usec };
        return 1;
}

static int open_file(const LogPath *p, LogFile **ret) {
        int r = log_file_open(p->path, ret);

        if (r == -ENOENT) /* it has just been rotated away */
                return 0;
        if (r < 0)
                return r == -ESRCH ? r : log_files_complain(p->path, r);
        return 1;
}

static void remove_id(Wanted *w, size_t i) {
        w->ids[i] = w->ids[--w->n];
}

/* Where they should be. */
static int find_by_order(const LogPath *p, Wanted *w, LogFound *found) {
        _cleanup_(log_file_freep) LogFile *f = NULL;
        const char *line;
        size_t size;
        int r;

        if (log_file_is_compressed(p->path) || !log_files_may_reach(p, w->started))
                return 0;

        r = open_file(p, &f);
        for (size_t i = 0; i < w->n && r > 0;) {
                r = log_seek_id(f, &w->ids[i], &line, &size);
                if (r > 0)
                        r = add(found, line, size);
                if (r > 0)
                        remove_id(w, i);
                else
                        i++;
                r = r < 0 ? r : 1;
        }
        return MIN(r, 0);
}

static size_t index_of(const Wanted *w, const char *id, size_t size) {
        size_t i = 0;

        while (i < w->n && (w->ids[i].size != size || memcmp(w->ids[i].text, id, size) != 0))
                i++;
        return i;
}

static int find_by_reading(const LogPath *p, Wanted *w, LogFound *found) {
        _cleanup_(log_file_freep) LogFile *f = NULL;
        const char *line, *id;
        size_t size, id_size, i;
        int r = open_file(p, &f);

        while (w->n > 0 && r > 0 && (r = log_file_next(f, &line, &size)) > 0) {
                if (!log_line_id(line, size, &id, &id_size))
                        continue;
                i = index_of(w, id, id_size);
                if (i == w->n)
                        continue;
                r = add(found, line, size);
                if (r > 0)
                        remove_id(w, i);
                r = r < 0 ? r : 1;
        }
        return MIN(r, 0);
}

/* An id that sockd has not given may be of any time. */
static void add_wanted(Wanted *w, const char *id) {
        const size_t size = strlen(id);
        IdParts parts = { 0 };

        if (index_of(w, id, size) < w->n || !log_line_set_id(&w->ids[w->n], id, size))
                return;

        (void)id_parts_split(id, size, &parts);
        w->started = MIN(w->started, parts.started_usec);
        w->n++;
}

static int by_time(const void *a, const void *b) {
        const LogFoundLine *x = a, *y = b;

        return x->usec < y->usec ? -1 : x->usec > y->usec;
}

int log_find(const LogFiles *files, const char *const ids[], size_t n, LogFound *ret) {
        _cleanup_free_ Id *left = calloc(MAX(n, (size_t)1), sizeof(*left));
        Wanted w = { .ids = left, .started = UINT64_MAX };
        int r = 0;

        *ret = (LogFound){ .lines = calloc(MAX(n, (size_t)1), sizeof(*ret->lines)) };
        if (!left || !ret->lines)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                add_wanted(&w, ids[i]);

        for (size_t i = 0; i < files->n && w.n > 0 && r >= 0; i++)
                r = find_by_order(&files->paths[i], &w, ret);
        for (int late = 1; late >= 0; late--) /* the clock may have been set back since the start */
                for (size_t i = 0; i < files->n && w.n > 0 && r >= 0; i++)
                        if (log_files_may_reach(&files->paths[i], w.started) == late)
                                r = find_by_reading(&files->paths[i], &w, ret);
        if (r >= 0)
                qsort(ret->lines, ret->n, sizeof(*ret->lines), by_time);
        return r;
}
