/* SPDX-License-Identifier: MIT */
/*
 * After a failed fdatasync(2) the kernel may have discarded the pages, and may report success the
 * next time. So the file is never flushed or written again: it is renamed, and all records without
 * receipts so far go to a new file.
 *
 * So do those of a file that was moved or removed before the flush was over. Whoever compresses a
 * moved file may have read it before they were written, and removes it then.
 */

#include "daemon/output/output_flush.h"

#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_damaged.h"
#include "daemon/output/record_file.h"
#include <errno.h>
#include <inttypes.h>

/* One flush follows a file that is moved again and again so many times. */
#define MOVES_MAX 8

/* Records that wait for a flush, and what becomes of them. */
typedef struct Waiting {
        SegmentList segments;
        int unretained;   /* 0 or negative errno: the fate of those that are not retained */
        const char *what; /* has failed, for the log */
        uint64_t woken;   /* workers */
} Waiting;

static Waiting take_waiting(RecordFile *f) {
        Waiting w = { .what = "cannot store what a failed flush left" };

        (void)pthread_mutex_lock(&f->output->mutex);
        w.segments = segment_list_take(&f->unflushed);
        (void)pthread_mutex_unlock(&f->output->mutex);
        return w;
}

/* Reports to all commits in the list and empties it. */
static uint64_t report_all(RecordFile *f, SegmentList *l, int error_retained, int error_others) {
        OutputStats *stats = &f->output->base.stats;
        uint64_t woken = 0;
        Segment s;

        while (segment_list_pop(l, &s)) {
                int error = s.buffer ? error_retained : error_others;

                if (error < 0) {
                        atomic_fetch_sub(&stats->recorded, s.n_records);
                        atomic_fetch_add(&stats->failed, s.n_records);
                }
                woken |= commit_flushed(s.commit, error);
                (void)buffer_unref(s.buffer);
        }
        return woken;
}

/* What the file has to do without is logged once, until it has it. */
static void say_how_opened(RecordFile *f, const FileReport *report) {
        int owner_error = MIN(report->group_error, report->mode_error);

        if (report->cut > 0)
                (void)log_event(EVENT_FILE_REPAIRED, f->path, LOG_WARNING, 0,
                                "output %s: cut off its torn last line, %" PRIu64 " bytes", f->path,
                                report->cut);
        if (report->lock_error < 0 && !f->without_lock)
                (void)log_warning_errno(report->lock_error,
                                        "output %s: its file system cannot lock it, make sure that "
                                        "no other sockd writes to it",
                                        f->path);
        if (owner_error < 0 && !f->without_owner)
                (void)log_event(EVENT_CONFIG_WARNING, f->path, LOG_WARNING, owner_error,
                                "output %s: cannot give it its %s (see \"group\" in "
                                "sockd.conf(5)), ignoring",
                                f->path, report->group_error < 0 ? "group" : "mode");
        f->without_lock = report->lock_error < 0;
        f->without_owner = owner_error < 0;
}

/* As file_open(), but never a file whose flush failed. */
static int open_file(RecordFile *f, File *ret, const char **ret_reason) {
        const FileSettings settings = {
                .record_max = atomic_load(&f->output->base.record_max),
                .mode = atomic_load(&f->output->mode),
                .group = atomic_load(&f->output->group),
        };
        FileReport report = { .refusal = "cannot make its directory" };
        int r = record_file_make_directory(f);

        if (r >= 0) {
                report.refusal = "cannot move the damaged file out of the way";
                r = output_damaged_clear_way(f);
        }
        if (r >= 0)
                r = file_open(f->path, &settings, ret, &report);
        if (r >= 0)
                say_how_opened(f, &report);
        *ret_reason = report.refusal;
        return r;
}

/* Writes the retained records in the list to F, in order. */
static int write_again(File *f, const SegmentList *l) {
        for (size_t i = 0; i < l->n; i++) {
                const Segment *s = segment_list_at(l, i);
                int r = s->buffer ? file_append(f, s->buffer->data + s->from, s->to - s->from) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

/* R is what a flush has returned. A failed one may return the same: NFS knows ESTALE, too. */
static bool is_moved(const RecordFile *f, int r) {
        return r == -ESTALE && !f->file.damaged;
}

static bool is_removed(const RecordFile *f, int r) {
        return r == -ENOENT && !f->file.damaged;
}

/* Called whenever the file is another one, before it is flushed: that sees what happened earlier. */
static void watch(RecordFile *f) {
        FileWatch *w = &f->output->watch;
        int before = f->watch;

        f->watch = f->file.fd < 0 ? -EBADF : file_watch_add(w, f->path);
        if (f->watch != before)
                file_watch_remove(w, before);
}

/* What was appended since the last flush of a file that is replaced. */
static int flush_old(const RecordFile *f, File *old) {
        int r = file_flush(old);

        if (old->damaged)
                output_damaged_say_moved(f, r);
        return r;
}

/*
 * FRESH is the file from now on, or FILE_NONE with ERROR. W is written to it again, and so is what
 * was written to the old file in the meantime, which becomes part of W. Returns 0 or negative errno.
 */
static int change_file(RecordFile *f, const File *fresh, int error, Waiting *w) {
        SegmentList meanwhile;
        File old;
        int r = error;

        (void)pthread_mutex_lock(&f->output->mutex);
        old = f->file;
        f->file = *fresh;
        f->open_error = error;
        f->holds_unawaited = false;
        meanwhile = segment_list_take(&f->unflushed);
        if (r >= 0)
                r = write_again(&f->file, &w->segments);
        if (r >= 0)
                r = write_again(&f->file, &meanwhile);
        (void)pthread_mutex_unlock(&f->output->mutex);

        watch(f);
        if (w->unretained == 0 && !segment_list_is_empty(&meanwhile))
                w->unretained = flush_old(f, &old);
        file_close(&old);
        if (segment_list_join(&w->segments, &meanwhile) < 0)
                w->woken |= report_all(f, &meanwhile, -ENOMEM, -ENOMEM);
        segment_list_done(&meanwhile);
        return r;
}

/* PATH cannot be opened. Returns whether the file that was moved from there can be used on. */
static bool stay_with_moved_file(RecordFile *f, int error, const char *reason) {
        if (file_has_name(&f->file) == 0)
                return false;

        if (!f->reopen_failed)
                (void)log_event(EVENT_NOT_REOPENED, f->path, LOG_WARNING, error,
                                "output %s: %s, continuing with the file that was moved", f->path,
                                reason);
        f->reopen_failed = true;
        return true;
}

/*
 * WHY: -ESTALE, -ENOENT, or the error of a failed flush. Returns 0: W is in another file and has to
 * be flushed there; 1: the file that was moved continues; or negative errno.
 */
static int move_to_new_file(RecordFile *f, int why, Waiting *w) {
        bool moved = is_moved(f, why);
        const char *reason;
        File fresh;
        int r;

        if (!moved && w->unretained == 0)
                w->unretained = why;
        if (f->file.damaged)
                output_damaged_retire(f, why);
        else if (!moved)
                log_warning("output %s: the file was removed, creating it anew", f->path);

        r = open_file(f, &fresh, &reason);
        record_file_report_open(f, MIN(r, 0));
        if (r < 0) {
                if (moved && stay_with_moved_file(f, r, reason))
                        return 1;
                w->what = reason;
                return change_file(f, &FILE_NONE, r, w);
        }

        r = change_file(f, &fresh, 0, w);
        f->reopen_failed = false;
        if (moved)
                log_info("output %s: reopened", f->path);
        return r;
}

/* There is neither a file to use nor another one: what was written since fails with ERROR. */
static uint64_t give_up(RecordFile *f, int error) {
        Waiting w = { .unretained = error };

        if (f->file.damaged)
                output_damaged_retire(f, error);
        (void)change_file(f, &FILE_NONE, error, &w);
        w.woken |= report_all(f, &w.segments, error, error);
        segment_list_done(&w.segments);
        return w.woken;
}

/*
 * R: what a flush of W has returned. If it is no success, stores W in another file, and follows that
 * if it is moved, too. Returns 0 or negative errno.
 */
static int store(RecordFile *f, int r, Waiting *w) {
        for (unsigned n = 0; n < MOVES_MAX; n++) {
                if (!is_moved(f, r) && !is_removed(f, r) && !(n == 0 && f->file.damaged))
                        break;
                r = move_to_new_file(f, r, w);
                if (r != 0)
                        return MIN(r, 0);
                if (!segment_list_is_empty(&w->segments))
                        r = file_flush_at(&f->file, f->path);
        }
        if (f->file.damaged)
                w->woken |= give_up(f, r);
        if (w->unretained == 0)
                w->unretained = r;
        return r;
}

static uint64_t settle(RecordFile *f, int r, Waiting *w) {
        Output *base = &f->output->base;

        r = store(f, r, w);
        if (r < 0)
                (void)record_file_report(f, r, w->what);
        else if (!segment_list_is_empty(&w->segments))
                f->suspect = false;
        w->woken |= report_all(f, &w->segments, r, w->unretained);
        segment_list_done(&w->segments);
        mailbox_group_room(base->workers);
        return w->woken;
}

uint64_t output_flush_one(RecordFile *f) {
        Waiting w = take_waiting(f);

        if (segment_list_is_empty(&w.segments)) {
                segment_list_done(&w.segments); /* reserved for a write that failed */
                return 0;
        }
        return settle(f, file_flush_at(&f->file, f->path), &w);
}

uint64_t output_flush(Output *base) {
        OutputFile *o = CONTAINER_OF(base, OutputFile, base);
        uint64_t woken;

        output_enter(base);
        (void)pthread_mutex_lock(&o->flush_mutex);
        woken = output_flush_one(&o->current);
        (void)pthread_mutex_unlock(&o->flush_mutex);
        output_leave(base);
        return woken;
}

uint64_t output_flush_try(Output *base, bool *ret_busy) {
        OutputFile *o = CONTAINER_OF(base, OutputFile, base);
        uint64_t woken;

        *ret_busy = pthread_mutex_trylock(&o->flush_mutex) != 0;
        if (*ret_busy)
                return 0;

        output_enter(base);
        woken = output_flush_one(&o->current);
        (void)pthread_mutex_unlock(&o->flush_mutex);
        output_leave(base);
        return woken;
}

uint64_t output_flush_replace(RecordFile *f) {
        Waiting w = take_waiting(f);
        bool waits = !segment_list_is_empty(&w.segments);
        int r = waits ? file_flush_at(&f->file, f->path) : file_look(&f->file, f->path);

        if (waits || is_moved(f, r) || is_removed(f, r))
                return settle(f, r, &w);

        segment_list_done(&w.segments); /* it was moved back */
        return 0;
}

uint64_t output_flush_open(RecordFile *f) {
        const char *reason;
        uint64_t woken;
        File fresh;
        int r = open_file(f, &fresh, &reason);

        record_file_report_open(f, MIN(r, 0));
        if (r < 0) {
                woken = give_up(f, r);
                (void)record_file_report(f, r, reason);
                return woken;
        }

        (void)pthread_mutex_lock(&f->output->mutex);
        f->file = fresh;
        f->holds_unawaited = false;
        (void)pthread_mutex_unlock(&f->output->mutex);
        watch(f);
        (void)record_file_report(f, 0, NULL);
        f->reopen_failed = false;
        return 0;
}
