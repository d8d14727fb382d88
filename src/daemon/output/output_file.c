/* SPDX-License-Identifier: MIT */
/* Writing and maintenance; flushing is in output_flush.c. */

#include "daemon/output/output_file.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "core/record.h"
#include "daemon/base/log.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_flush.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

/* Free space that ends the lack of it: senders without receipts are read again. */
#define PROBE_SIZE 65536
/* A file that is truncated again and again is mentioned so often. */
#define TRUNCATED_INTERVAL_USEC (600 * USEC_PER_SEC)
/* Until it is set up. */
#define MODE_AT_FIRST 0600

static inline OutputFile *output_file(Output *o) {
        return CONTAINER_OF(o, OutputFile, base);
}

/*
 * Called with the mutex held. Records that no receipt waits for are retained only while the pool
 * has plenty of room, so that a slow disk does not hold back their senders.
 */
static void retain_until_flushed(RecordFile *f, const Segment *s) {
        Segment retained = *s;
        int r;

        if (s->commit->urgent || !buffer_pool_is_scarce(f->output->base.pool))
                (void)buffer_ref(retained.buffer);
        else
                retained.buffer = NULL;
        r = segment_list_push(&f->unflushed, &retained);
        assert(r == 0); /* reserved before the write */
        (void)r;
        commit_expect(s->commit, LEVEL_DURABLE);
}

static int output_file_write(Output *base, const Segment *s) {
        OutputFile *o = output_file(base);
        RecordFile *f = &o->current;
        int r = 0;

        output_enter(base);
        (void)pthread_mutex_lock(&o->mutex);
        if (f->file.fd < 0)
                r = f->open_error;
        else if (s->flush)
                r = segment_list_reserve(&f->unflushed);
        if (r == 0)
                r = file_append(&f->file, s->buffer->data + s->from, s->to - s->from);
        if (r == 0 && s->flush)
                retain_until_flushed(f, s);
        else if (r == 0)
                f->holds_unawaited = true;
        (void)pthread_mutex_unlock(&o->mutex);
        output_leave(base);

        if (_unlikely_(r < 0 ||
                       atomic_load_explicit(&base->write_errno, memory_order_relaxed) != 0))
                (void)output_set_error(base, r, "cannot write to it");
        output_count(base, s->n_records, r);
        return r;
}

static Output *output_file_free(Output *base) {
        OutputFile *o = output_file(base);

        output_done(base); /* its thread may still write */
        segment_list_done(&o->current.unflushed);
        file_close(&o->current.file);
        file_watch_done(&o->watch);
        (void)pthread_mutex_destroy(&o->flush_mutex);
        (void)pthread_mutex_destroy(&o->mutex);
        free(o);
        return NULL;
}

/* Called with the mutex held. Adapts to a truncated file. Returns how much of it is gone. */
static uint64_t check_size(RecordFile *f) {
        struct stat st;
        uint64_t gone;

        if (fstat(f->file.fd, &st) < 0 || (uint64_t)st.st_size >= f->file.size)
                return 0;

        gone = f->file.size - (uint64_t)st.st_size;
        f->file.size = (uint64_t)st.st_size;
        return gone;
}

static void say_truncated(RecordFile *f, uint64_t gone) {
        uint64_t now = clock_monotonic();

        if (now < f->say_truncated_usec)
                return;

        f->say_truncated_usec = now + TRUNCATED_INTERVAL_USEC;
        (void)log_event(EVENT_FILE_TRUNCATED, f->path, LOG_WARNING, 0,
                        "output %s: somebody truncated the file, %" PRIu64
                        " bytes are gone, and with \"copytruncate\" also records that are in no "
                        "copy: use \"create\" in logrotate(8) instead",
                        f->path, gone);
}

/*
 * Frees reserved blocks once the file has not grown for a second. Returns whether writing failed
 * and there is room again.
 */
static bool check_file(RecordFile *f) {
        OutputFile *o = f->output;
        uint64_t gone;
        bool room;

        (void)pthread_mutex_lock(&o->mutex);
        gone = check_size(f);
        if (f->file.size == f->size_before)
                file_give_back(&f->file);
        f->size_before = f->file.size;
        room = atomic_load(&o->base.write_errno) != 0 && file_probe(&f->file, PROBE_SIZE) == 0;
        (void)pthread_mutex_unlock(&o->mutex);

        if (gone > 0)
                say_truncated(f, gone);
        return room;
}

static uint64_t output_file_maintain(Output *base) {
        OutputFile *o = output_file(base);
        RecordFile *f = &o->current;
        uint64_t woken = 0;

        output_enter(base);
        (void)pthread_mutex_lock(&o->flush_mutex);
        file_watch_take(&o->watch);
        if (f->file.fd < 0)
                woken = output_flush_open(f);
        else if (!file_is_at(&f->file, f->path))
                woken = output_flush_replace(f);
        else {
                atomic_store(&base->reopen_errno, 0); /* it was moved back */
                if (check_file(f))
                        output_try_again(base);
        }
        (void)pthread_mutex_unlock(&o->flush_mutex);
        output_leave(base);
        return woken;
}

static bool output_file_is_flushed(Output *base) {
        OutputFile *o = output_file(base);
        bool flushed;

        (void)pthread_mutex_lock(&o->mutex);
        flushed = segment_list_is_empty(&o->current.unflushed);
        (void)pthread_mutex_unlock(&o->mutex);
        return flushed;
}

static void output_file_set_up(Output *base, const ConfigOutput *config) {
        OutputFile *o = output_file(base);

        atomic_store(&o->mode, config->mode_bits);
        atomic_store(&o->group, config->group_id);
}

int output_file_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                    Output **ret) {
        static const OutputVtable vtable = {
                .write = output_file_write,
                .maintain = output_file_maintain,
                .flush = output_flush,
                .try_flush = output_flush_try,
                .is_flushed = output_file_is_flushed,
                .set_up = output_file_set_up,
                .free = output_file_free,
        };
        _cleanup_free_ OutputFile *o = calloc(1, sizeof(*o));
        int r;

        r = o ? output_init(&o->base, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                (void)buffer_pool_free(pool);
                return r;
        }

        o->current = (RecordFile){
                .output = o,
                .path = o->base.name,
                .file = FILE_NONE,
                .watch = -EBADF,
                .open_error = -ENOENT,
        };
        atomic_store(&o->mode, MODE_AT_FIRST);
        atomic_store(&o->group, FILE_GROUP_ANY);
        file_watch_init(&o->watch);
        o->base.news_fd = o->watch.fd;
        (void)pthread_mutex_init(&o->flush_mutex, NULL); /* cannot fail without attributes */
        (void)pthread_mutex_init(&o->mutex, NULL);
        *ret = &TAKE_PTR(o)->base;
        return 0;
}
