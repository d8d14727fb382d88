/* SPDX-License-Identifier: MIT */
/* Writing and looking after one file; flushing is in output_flush.c. */

#include "daemon/output/record_file.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/output/commit.h"
#include "daemon/output/directory.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

/* Free space that ends the lack of it: senders without receipts are read again. */
#define PROBE_SIZE 65536
/* A file that is truncated again and again is mentioned so often. */
#define TRUNCATED_INTERVAL_USEC (600 * USEC_PER_SEC)

void record_file_init(RecordFile *f, OutputFile *output, const char *path) {
        *f = (RecordFile){
                .output = output,
                .path = path,
                .file = FILE_NONE,
                .watch = -EBADF,
                .open_error = -ENOENT,
        };
}

void record_file_done(RecordFile *f) {
        file_watch_remove(&f->output->watch, f->watch);
        segment_list_done(&f->unflushed);
        file_close(&f->file);
}

int record_file_make_directory(const RecordFile *f) {
        return f->output->base.is_many ? directory_make(f->path) : 0;
}

/* Lack of room, of memory and of descriptors, and a disk that fails, concern all files. */
static bool is_of_all(int error) {
        static const int table[] = { ENOSPC, EDQUOT, EROFS, EIO, ENOMEM, EMFILE, ENFILE };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (-error == table[i])
                        return true;

        return false;
}

int record_file_report(RecordFile *f, int error, const char *what) {
        OutputFile *o = f->output;

        if (error == 0 || !o->base.is_many || is_of_all(error))
                return output_set_error(&o->base, error, what);

        log_event_limited(o->fault_rate, clock_monotonic(), EVENT_OUTPUT_FAILS, f->path,
                          LOG_WARNING, error, "output %s: %s, its messages are not stored", f->path,
                          what);
        return error;
}

void record_file_report_open(RecordFile *f, int error) {
        if (!f->output->base.is_many)
                atomic_store(&f->output->base.reopen_errno, -error);
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

int record_file_write(RecordFile *f, const Segment *s) {
        OutputFile *o = f->output;
        int r = 0;

        output_enter(&o->base);
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
        output_leave(&o->base);

        if (_unlikely_(r < 0 ||
                       atomic_load_explicit(&o->base.write_errno, memory_order_relaxed) != 0))
                (void)record_file_report(f, r, "cannot write to it");
        output_count(&o->base, s->n_records, r);
        return r;
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
                        "copy: use \"nocreate\" in logrotate(8) instead",
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

void record_file_look(RecordFile *f) {
        record_file_report_open(f, 0); /* it was moved back */
        if (check_file(f))
                output_try_again(&f->output->base);
}
