/* SPDX-License-Identifier: MIT */
/* Flushing is in output_flush.c. */

#include "daemon/output/output_file.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/output/output_flush.h"
#include "daemon/output/record_file.h"
#include <errno.h>

/* Until it is set up. */
#define MODE_AT_FIRST 0600

static inline OutputFile *output_file(Output *o) {
        return CONTAINER_OF(o, OutputFile, base);
}

static int output_file_write(Output *base, const Segment *s) {
        return record_file_write(&output_file(base)->current, s);
}

int output_file_init(OutputFile *o, const OutputVtable *vtable, const ConfigOutput *config,
                     BufferPool *pool, MailboxGroup *workers) {
        int r = output_init(&o->base, vtable, config, pool, workers);

        if (r < 0)
                return r;

        record_file_init(&o->current, o, o->base.name);
        atomic_store(&o->mode, MODE_AT_FIRST);
        atomic_store(&o->group, FILE_GROUP_ANY);
        file_watch_init(&o->watch);
        o->base.news_fd = o->watch.fd;
        (void)pthread_mutex_init(&o->flush_mutex, NULL); /* cannot fail without attributes */
        (void)pthread_mutex_init(&o->mutex, NULL);
        return 0;
}

void output_file_done(OutputFile *o) {
        record_file_done(&o->current);
        free(o->last_damaged);
        file_watch_done(&o->watch);
        (void)pthread_mutex_destroy(&o->flush_mutex);
        (void)pthread_mutex_destroy(&o->mutex);
}

static Output *output_file_free(Output *base) {
        OutputFile *o = output_file(base);

        output_done(base); /* its thread may still write */
        output_file_done(o);
        free(o);
        return NULL;
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
        else
                record_file_look(f);
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

void output_file_set_up(Output *base, const ConfigOutput *config) {
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

        r = o ? output_file_init(o, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                (void)buffer_pool_free(pool);
                return r;
        }

        *ret = &TAKE_PTR(o)->base;
        return 0;
}
