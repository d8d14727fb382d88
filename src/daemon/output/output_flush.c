/* SPDX-License-Identifier: MIT */
/*
 * After a failed fdatasync(2) the kernel may have discarded the pages, and may report success the
 * next time. So the file is never flushed or written again: it is renamed, and all records without
 * receipts so far go to a new file. A file that has lost its last name is replaced as well.
 */

#include "daemon/output/output_flush.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* Reports to all commits in the list and empties it. */
static uint64_t report_all(OutputFile *o, SegmentList *l, int error_retained, int error_others) {
        uint64_t woken = 0;
        Segment s;

        while (segment_list_pop(l, &s)) {
                int error = s.buffer ? error_retained : error_others;

                if (error < 0) {
                        atomic_fetch_sub(&o->base.stats.recorded, s.n_records);
                        atomic_fetch_add(&o->base.stats.failed, s.n_records);
                }
                woken |= commit_flushed(s.commit, error);
                (void)buffer_unref(s.buffer);
        }
        return woken;
}

char *output_flush_damaged_name(const char *path, uint64_t msec) {
        char *name;
        Id id;

        id_init(&id, msec, 0, 0);
        return asprintf(&name, "%s.damaged-%.*s", path, (int)id.first - 1, id.text) < 0 ? NULL
                                                                                        : name;
}

/* A name that does not exist yet. NULL: out of memory. */
static char *choose_damaged_name(const char *path, uint64_t *ret_msec) {
        uint64_t msec = clock_realtime() / 1000;

        for (;; msec++) {
                char *name = output_flush_damaged_name(path, msec);

                if (!name || access(name, F_OK) < 0) {
                        *ret_msec = msec;
                        return name;
                }
                free(name);
        }
}

static int rename_damaged(OutputFile *o, int error) {
        uint64_t msec;
        _cleanup_free_ char *aside = choose_damaged_name(o->base.name, &msec);

        if (!aside)
                return -ENOMEM;
        if (rename(o->base.name, aside) < 0)
                return -errno;

        atomic_store(&o->base.stats.damaged_msec, msec);
        atomic_fetch_add(&o->base.stats.damaged, 1);
        (void)log_event(EVENT_FILE_DAMAGED, o->base.name, LOG_ERR, error,
                        "output %s: flush failed, the file is now %s and is not written again",
                        o->base.name, aside);
        return 0;
}

/* A damaged file must not be opened again: it is renamed, or remembered until that succeeds. */
static int set_aside(OutputFile *o, int error) {
        int r = 0;

        if (file_is_there(o->damaged_device, o->damaged_inode, o->base.name))
                r = rename_damaged(o, error);
        if (r < 0 && !o->in_the_way)
                (void)log_event(EVENT_FILE_DAMAGED, o->base.name, LOG_ERR, r,
                                "output %s: flush failed, and the file cannot be renamed",
                                o->base.name);
        o->in_the_way = r < 0;
        return r;
}

/*
 * Called with both mutexes held, after the flush has failed. Deletes a file that was created after
 * an earlier failure, if all of its records will be written again; renames any other.
 */
static void retire_file(OutputFile *o, int error) {
        bool litter = o->suspect && o->file.created && !o->holds_unawaited;

        o->suspect = true;
        if (litter && file_is_at(&o->file, o->base.name) && unlink(o->base.name) == 0)
                return;

        o->damaged_device = o->file.device;
        o->damaged_inode = o->file.inode;
        (void)set_aside(o, error);
}

int output_flush_open(OutputFile *o, File *ret, const char **ret_reason) {
        uint64_t cut = 0;
        int r;

        *ret_reason = "cannot move the damaged file out of the way";
        r = o->in_the_way ? set_aside(o, -EIO) : 0;
        if (r >= 0)
                r = file_open(o->base.name, atomic_load(&o->base.record_max), ret, &cut,
                              ret_reason);
        if (r >= 0 && cut > 0)
                (void)log_event(EVENT_FILE_REPAIRED, o->base.name, LOG_WARNING, 0,
                                "output %s: cut off its torn last line, %" PRIu64 " bytes",
                                o->base.name, cut);
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

/* Called with both mutexes held. Closes the file; returns what waited for its flush. */
static SegmentList release_file(OutputFile *o, int error) {
        file_close(&o->file);
        o->open_error = error;
        return segment_list_take(&o->unflushed);
}

uint64_t output_flush_give_up(OutputFile *o, int error) {
        SegmentList left;
        uint64_t woken;

        (void)pthread_mutex_lock(&o->mutex);
        if (o->file.damaged)
                retire_file(o, error);
        left = release_file(o, error);
        (void)pthread_mutex_unlock(&o->mutex);
        woken = report_all(o, &left, error, error);
        segment_list_done(&left);
        return woken;
}

/* Flushes what was written again; on another failure there is no file any more. */
static int flush_again(OutputFile *o, uint64_t *woken) {
        int r = file_flush(&o->file);

        if (o->file.damaged)
                *woken |= output_flush_give_up(o, r);
        return r;
}

/* Writes LIST to the current file and flushes it. */
static int store_again(OutputFile *o, const SegmentList *list, uint64_t *woken) {
        int r;

        (void)pthread_mutex_lock(&o->mutex);
        r = o->file.fd < 0 ? o->open_error : write_again(&o->file, list);
        (void)pthread_mutex_unlock(&o->mutex);
        return r < 0 ? r : flush_again(o, woken);
}

/* Replaces a damaged or unlinked file. TAKEN, and records written since, go to the new one. */
static int move_to_new_file(OutputFile *o, const SegmentList *taken, int error, uint64_t *woken) {
        SegmentList meanwhile;
        const char *reason;
        File fresh;
        int r;

        (void)pthread_mutex_lock(&o->mutex);
        if (o->file.damaged)
                retire_file(o, error);
        else
                log_warning("output %s: the file was removed, creating it anew", o->base.name);
        (void)pthread_mutex_unlock(&o->mutex);

        r = output_flush_open(o, &fresh, &reason);
        (void)pthread_mutex_lock(&o->mutex);
        meanwhile = release_file(o, r);
        if (r >= 0) {
                o->file = fresh;
                o->holds_unawaited = false;
                r = write_again(&o->file, taken);
        }
        if (r >= 0)
                r = write_again(&o->file, &meanwhile);
        (void)pthread_mutex_unlock(&o->mutex);

        if (r >= 0)
                r = flush_again(o, woken);
        *woken |= report_all(o, &meanwhile, r, error);
        segment_list_done(&meanwhile);
        return r;
}

/* Called with the flush mutex held. */
static uint64_t flush_locked(OutputFile *o) {
        SegmentList taken;
        uint64_t woken = 0;
        int r, first;

        (void)pthread_mutex_lock(&o->mutex);
        taken = segment_list_take(&o->unflushed);
        (void)pthread_mutex_unlock(&o->mutex);
        if (segment_list_is_empty(&taken)) {
                segment_list_done(&taken); /* reserved for a write that failed */
                return 0;
        }

        r = first = file_flush(&o->file);
        if (o->file.damaged || r == -ENOENT)
                r = move_to_new_file(o, &taken, r, &woken);
        if (r < 0)
                (void)output_set_error(&o->base, r, "cannot store what a failed flush left");
        else
                o->suspect = false;
        woken |= report_all(o, &taken, r, first);
        segment_list_done(&taken);
        mailbox_group_room(o->base.workers);
        return woken;
}

uint64_t output_flush(Output *base) {
        OutputFile *o = CONTAINER_OF(base, OutputFile, base);
        uint64_t woken;

        output_enter(base);
        (void)pthread_mutex_lock(&o->flush_mutex);
        woken = flush_locked(o);
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
        woken = flush_locked(o);
        (void)pthread_mutex_unlock(&o->flush_mutex);
        output_leave(base);
        return woken;
}

uint64_t output_flush_old(OutputFile *o, File *old, SegmentList *left) {
        uint64_t woken = 0;
        int r, first;

        if (segment_list_is_empty(left))
                return 0;

        r = first = file_flush(old);
        if (r < 0) {
                if (old->damaged)
                        (void)log_event(
                                EVENT_FILE_DAMAGED, o->base.name, LOG_ERR, r,
                                "output %s: flush of the file that was moved failed, storing "
                                "its unflushed records again",
                                o->base.name);
                r = store_again(o, left, &woken);
        }
        return woken | report_all(o, left, r, first);
}
