/* SPDX-License-Identifier: MIT */
/* Names stay for as long as the output; what is behind them comes and goes. */

#include "daemon/output/output_files.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/directory.h"
#include "daemon/output/output_file.h"
#include "daemon/output/output_flush.h"
#include "daemon/output/output_name.h"
#include "daemon/output/output_queue.h"
#include "daemon/output/record_file.h"
#include "daemon/output/sync_point.h"
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

/* From so many files on, they are flushed together. */
#define TOGETHER_MIN 8

typedef struct NamedFile NamedFile;
typedef struct OutputFiles OutputFiles;

TAILQ_HEAD(NamedFiles, NamedFile);

struct NamedFile {
        TAILQ_ENTRY(NamedFile) link; /* among those that are open */
        RecordFile *file;            /* owned; NULL: closed */
        bool dirty;                  /* has records that wait for a flush */
        bool failing;                /* the last record could not be stored */
        char path[];
};

struct OutputFiles {
        OutputFile shared;      /* its own file is never open */
        void *names;            /* of tsearch(3), by their paths */
        struct NamedFiles open; /* the least recently used first */
        atomic_uint open_max, names_max;
        atomic_uint n_open, n_names, n_dirty, n_failing;
        bool checked;   /* whether its directory can have files */
        SyncPoint sync; /* of that directory */
        LogRate full_rate, fault_rate;
        pthread_mutex_t fault_mutex;
        char *fault; /* under the mutex */
};

static OutputFiles *output_files(Output *o) {
        return CONTAINER_OF(CONTAINER_OF(o, OutputFile, base), OutputFiles, shared);
}

/* tsearch(3) knows a file by the address of its path. */
static int compare(const void *a, const void *b) {
        return strcmp(a, b);
}

static void set_fault(OutputFiles *o, const char *path, int error) {
        char *fault = NULL;

        if (path && asprintf(&fault, "%s: %s", path, strerrordesc_np(-error)) < 0)
                fault = NULL;
        (void)pthread_mutex_lock(&o->fault_mutex);
        free(o->fault);
        o->fault = fault;
        (void)pthread_mutex_unlock(&o->fault_mutex);
}

/* ERROR: 0 or negative errno, of its last record. */
static void note(OutputFiles *o, NamedFile *n, int error) {
        if (error < 0)
                set_fault(o, n->path, error);
        if (n->failing == (error < 0))
                return;

        n->failing = error < 0;
        if (n->failing)
                atomic_fetch_add(&o->n_failing, 1);
        else if (atomic_fetch_sub(&o->n_failing, 1) == 1)
                set_fault(o, NULL, 0);
}

static void wake(OutputFiles *o, uint64_t workers) {
        mailbox_group_signal_some(o->shared.base.workers, workers, MAIL_COMMIT);
}

static void flush_one(OutputFiles *o, NamedFile *n) {
        uint64_t woken;

        if (!n->dirty)
                return;

        output_enter(&o->shared.base);
        (void)pthread_mutex_lock(&o->shared.flush_mutex);
        woken = output_flush_one(n->file);
        (void)pthread_mutex_unlock(&o->shared.flush_mutex);
        output_leave(&o->shared.base);
        n->dirty = false;
        atomic_fetch_sub(&o->n_dirty, 1);
        if (n->file->file.fd < 0)
                note(o, n, n->file->open_error);
        wake(o, woken);
}

static void close_one(OutputFiles *o, NamedFile *n) {
        flush_one(o, n);
        TAILQ_REMOVE(&o->open, n, link);
        atomic_fetch_sub(&o->n_open, 1);
        record_file_done(n->file);
        free(TAKE_PTR(n->file));
}

/* Flushes those that are on the file system of the directory at once, as far as it can. */
static void flush_together(OutputFiles *o) {
        int r;

        if (o->sync.fd < 0 || atomic_load(&o->n_dirty) < TOGETHER_MIN)
                return;

        output_enter(&o->shared.base);
        r = sync_point_flush(&o->sync);
        output_leave(&o->shared.base);
        for (NamedFile *n = TAILQ_FIRST(&o->open); n; n = TAILQ_NEXT(n, link))
                n->file->file.flushed = r >= 0 && n->dirty &&
                                        n->file->file.device == o->sync.device;
}

static void flush_all(OutputFiles *o) {
        flush_together(o);
        for (NamedFile *n = TAILQ_FIRST(&o->open); n; n = TAILQ_NEXT(n, link))
                flush_one(o, n);
}

/* Makes room for one more. What a damaged file keeps must not be forgotten: see in_the_way. */
static void limit_open(OutputFiles *o) {
        NamedFile *next;

        for (NamedFile *n = TAILQ_FIRST(&o->open);
             n && atomic_load(&o->n_open) >= atomic_load(&o->open_max); n = next) {
                next = TAILQ_NEXT(n, link);
                if (n->dirty) /* so are the next ones, probably */
                        flush_all(o);
                if (!n->file->in_the_way)
                        close_one(o, n);
        }
}

/* Returns 0 or negative errno. */
static int open_one(OutputFiles *o, NamedFile *n) {
        uint64_t woken;
        int r;

        limit_open(o);
        n->file = calloc(1, sizeof(*n->file));
        if (!n->file)
                return -ENOMEM;

        record_file_init(n->file, &o->shared, n->path);
        TAILQ_INSERT_TAIL(&o->open, n, link);
        atomic_fetch_add(&o->n_open, 1);
        output_enter(&o->shared.base);
        (void)pthread_mutex_lock(&o->shared.flush_mutex);
        woken = output_flush_open(n->file);
        (void)pthread_mutex_unlock(&o->shared.flush_mutex);
        output_leave(&o->shared.base);
        wake(o, woken);
        if (n->file->file.fd >= 0)
                return 0;

        r = n->file->open_error;
        if (!n->file->in_the_way)
                close_one(o, n);
        return r;
}

/* NULL: out of memory. */
static NamedFile *add(OutputFiles *o, const char *path) {
        const size_t size = strlen(path) + 1;
        NamedFile *n = calloc(1, sizeof(*n) + size);

        if (!n)
                return NULL;

        memcpy(n->path, path, size);
        if (!tsearch(n->path, &o->names, compare)) {
                free(n);
                return NULL;
        }
        atomic_fetch_add(&o->n_names, 1);
        return n;
}

/* NULL with a negative errno; -EDQUOT: there are as many as there may be. */
static NamedFile *find_or_add(OutputFiles *o, const OutputName *name, int *ret_error) {
        Output *base = &o->shared.base;
        char **found = tfind(name->path, &o->names, compare);
        const unsigned names_max = atomic_load(&o->names_max);

        *ret_error = name->error < 0 ? name->error : -ENOMEM;
        if (name->error < 0)
                return NULL;
        if (found)
                return CONTAINER_OF(*found, NamedFile, path);
        if (atomic_load(&o->n_names) < names_max)
                return add(o, name->path);

        log_event_limited(&o->full_rate, clock_monotonic(), EVENT_OUTPUT_FAILS, base->name,
                          LOG_WARNING, 0,
                          "output %s: there are %u files, which is files_max, messages for others "
                          "are not stored",
                          base->name, names_max);
        *ret_error = -EDQUOT;
        return NULL;
}

static int write_one(OutputFiles *o, NamedFile *n, const Segment *s) {
        int r = n->file && n->file->file.fd >= 0 ? 0 : -EBADF;

        if (n->file && r < 0 && !n->file->in_the_way)
                close_one(o, n);
        if (r < 0)
                r = n->file ? n->file->open_error : open_one(o, n);
        if (r < 0) {
                output_count(&o->shared.base, s->n_records, r);
                return r;
        }

        TAILQ_REMOVE(&o->open, n, link);
        TAILQ_INSERT_TAIL(&o->open, n, link);
        r = record_file_write(n->file, s);
        if (r == 0 && s->flush && !n->dirty) {
                n->dirty = true;
                atomic_fetch_add(&o->n_dirty, 1);
        }
        return r;
}

/* There is no such file. */
static void count_refused(Output *base, uint64_t n_records, int error) {
        if (output_is_waited_for(base))
                output_count(base, n_records, error);
        else
                atomic_fetch_add(&base->stats.dropped, n_records);
}

static int output_files_write(Output *base, const Segment *s) {
        OutputFiles *o = output_files(base);
        Segment plain = *s;
        int r;
        NamedFile *n = find_or_add(o, s->name, &r);

        if (!n) {
                count_refused(base, s->n_records, r);
                return r;
        }

        plain.name = NULL; /* what is retained needs none */
        r = write_one(o, n, &plain);
        note(o, n, r);
        return r;
}

static uint64_t output_files_flush(Output *base) {
        flush_all(output_files(base));
        return 0; /* they were woken */
}

/* Before there is any file: whether there can be. */
static void check_directory(OutputFiles *o) {
        Output *base = &o->shared.base;
        char path[PATH_MAX];
        int r;

        (void)snprintf(path, sizeof(path), "%.*s", (int)(strstr(base->name, "%{") - base->name),
                       base->name);
        r = directory_make(path);
        strrchr(path, '/')[1] = '\0';
        if (r >= 0 && access(path, W_OK | X_OK) < 0)
                r = -errno;
        (void)output_set_error(base, r, file_refusal(r));
        o->checked = true;
        if (r >= 0)
                sync_point_open(&o->sync, path);
}

/* Those that were moved or removed are closed: the next record makes another one. */
static uint64_t output_files_maintain(Output *base) {
        OutputFiles *o = output_files(base);
        NamedFile *next;

        (void)pthread_mutex_lock(&o->shared.flush_mutex);
        file_watch_take(&o->shared.watch);
        (void)pthread_mutex_unlock(&o->shared.flush_mutex);
        if (!o->checked)
                check_directory(o);
        else if (atomic_load(&base->write_errno) != 0 && atomic_load(&o->n_open) == 0 &&
                 sync_point_has_room(&o->sync))
                output_try_again(base); /* where some are open, one of them is tried */
        for (NamedFile *n = TAILQ_FIRST(&o->open); n; n = next) {
                next = TAILQ_NEXT(n, link);
                output_enter(base);
                if (n->file->file.fd >= 0 && file_is_at(&n->file->file, n->path)) {
                        (void)pthread_mutex_lock(&o->shared.flush_mutex);
                        record_file_look(n->file);
                        (void)pthread_mutex_unlock(&o->shared.flush_mutex);
                } else if (!n->file->in_the_way)
                        close_one(o, n);
                output_leave(base);
        }
        return 0;
}

static bool output_files_is_flushed(Output *base) {
        return atomic_load(&output_files(base)->n_dirty) == 0;
}

static void output_files_set_up(Output *base, const ConfigOutput *config) {
        OutputFiles *o = output_files(base);

        output_file_set_up(base, config);
        atomic_store(&o->open_max, config->files_open);
        atomic_store(&o->names_max, config->files_max);
}

static void free_name(void *path) {
        free(CONTAINER_OF(path, NamedFile, path));
}

static Output *output_files_free(Output *base) {
        OutputFiles *o = output_files(base);

        base->queue = output_queue_free(base->queue); /* its thread may still write */
        while (!TAILQ_EMPTY(&o->open))
                close_one(o, TAILQ_FIRST(&o->open));
        tdestroy(o->names, free_name);
        sync_point_close(&o->sync);
        output_done(base);
        output_file_done(&o->shared);
        (void)pthread_mutex_destroy(&o->fault_mutex);
        free(o->fault);
        free(o);
        return NULL;
}

int output_files_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                     Output **ret) {
        static const OutputVtable vtable = {
                .queued = true,
                .write = output_files_write,
                .maintain = output_files_maintain,
                .flush = output_files_flush,
                .is_flushed = output_files_is_flushed,
                .set_up = output_files_set_up,
                .free = output_files_free,
        };
        _cleanup_free_ OutputFiles *o = calloc(1, sizeof(*o));
        int r;

        r = o ? output_file_init(&o->shared, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                (void)buffer_pool_free(pool);
                return r;
        }

        o->sync = SYNC_POINT_NONE;
        o->shared.fault_rate = &o->fault_rate;
        o->shared.base.is_many = true;
        atomic_store(&o->open_max, 1);
        TAILQ_INIT(&o->open);
        (void)pthread_mutex_init(&o->fault_mutex, NULL); /* cannot fail without attributes */
        *ret = &TAKE_PTR(o)->shared.base;
        return 0;
}

OutputFilesReport output_files_report(Output *base) {
        OutputFiles *o = output_files(base);
        OutputFilesReport r = {
                .n_names = atomic_load(&o->n_names),
                .n_open = atomic_load(&o->n_open),
                .n_failing = atomic_load(&o->n_failing),
        };

        (void)pthread_mutex_lock(&o->fault_mutex);
        r.fault = o->fault ? strdup(o->fault) : NULL;
        (void)pthread_mutex_unlock(&o->fault_mutex);
        return r;
}
