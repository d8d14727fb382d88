/* SPDX-License-Identifier: MIT */
/*
 * fdatasync(2), and its failure. After a failed flush the kernel may have thrown the pages away and
 * report success the next time, so that file is never flushed or written again: it is renamed
 * aside, and all that was not receipted goes to a new file. The same happens to a file that lost
 * its last name.
 */

#include "daemon/output_flush.h"

#include "core/id.h"
#include "core/macro.h"
#include "daemon/log.h"
#include "daemon/mailbox.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* Tells all commits in the list; empties it. What was not kept has an error of its own. */
static uint64_t report(OutputFile *o, SegmentList *l, int kept_error, int unkept_error) {
        uint64_t woken = 0;
        Segment s;

        while (segment_list_pop(l, &s)) {
                int error = s.buffer ? kept_error : unkept_error;

                if (error < 0) {
                        atomic_fetch_sub(&o->base.stats.recorded, s.n_records);
                        atomic_fetch_add(&o->base.stats.failed, s.n_records);
                }
                woken |= commit_flushed(s.commit, error);
                (void)buffer_unref(s.buffer);
        }
        return woken;
}

static int flush_file(OutputFile *o, File *f) {
        int r;

        if (fdatasync(f->fd) < 0)
                return -errno;
        if (!file_has_name(f))
                return -ENOENT;
        if (f->created) {
                r = file_flush_directory(o->base.name);
                if (r < 0)
                        return r;

                f->created = false;
        }
        return 0;
}

/* PATH.damaged-ID. Nothing to do when the name leads elsewhere already. */
static void set_aside(OutputFile *o, const File *f, int error) {
        _cleanup_free_ char *aside = NULL;
        struct timespec now;
        Id id;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        id_init(&id, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, 0, 0);
        if (!file_is_at(f, o->base.name) ||
            asprintf(&aside, "%s.damaged-%.*s", o->base.name, (int)id.first - 1, id.text) < 0)
                return;

        if (rename(o->base.name, aside) < 0)
                (void)log_event(EVENT_FILE_DAMAGED, o->base.name, LOG_ERR, -errno,
                                "output %s: cannot rename the damaged file to %s", o->base.name,
                                aside);
        else
                (void)log_event(
                        EVENT_FILE_DAMAGED, o->base.name, LOG_ERR, error,
                        "output %s: flush failed, the file is now %s and is not written again",
                        o->base.name, aside);
}

/* Writes the list to F again, in order. */
static int write_again(File *f, const SegmentList *l) {
        for (size_t i = 0; i < l->n; i++) {
                const Segment *s = segment_list_at(l, i);
                int r = s->buffer ? file_append(f, s->buffer->data + s->from, s->to - s->from) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

/*
 * A new file takes the place of the damaged or nameless one; LIST is written to it first. Called
 * without the mutex.
 */
static int move_to_new_file(OutputFile *o, SegmentList *list, int error) {
        const char *reason;
        uint64_t cut;
        Segment s;
        File fresh;
        int r;

        if (error == -ENOENT)
                log_warning("output %s: the file was removed, creating it anew", o->base.name);
        else
                set_aside(o, &o->file, error);

        (void)pthread_mutex_lock(&o->mutex);
        /* What was written meanwhile went to the same file. */
        while (segment_list_pop(&o->unflushed, &s))
                if (segment_list_push(list, &s) < 0) {
                        Mailbox *mailbox = s.commit->mailbox;

                        (void)commit_flushed(s.commit, -ENOMEM);
                        mailbox_signal(mailbox, MAIL_COMMIT);
                        (void)buffer_unref(s.buffer);
                }
        o->file.reserved = 0; /* that inode is not touched any more */
        file_close(&o->file);
        r = file_open(o->base.name, atomic_load(&o->base.record_max), &fresh, &cut, &reason);
        if (r >= 0) {
                o->file = fresh;
                r = write_again(&o->file, list);
        } else
                o->open_error = r;
        (void)pthread_mutex_unlock(&o->mutex);

        return r < 0 ? r : flush_file(o, &o->file);
}

/* Called with the flush mutex held. */
static uint64_t flush_locked(OutputFile *o) {
        SegmentList taken;
        uint64_t woken;
        int r, first;

        (void)pthread_mutex_lock(&o->mutex);
        taken = segment_list_take(&o->unflushed);
        (void)pthread_mutex_unlock(&o->mutex);
        if (segment_list_is_empty(&taken)) {
                segment_list_done(&taken); /* its memory was reserved for a write that failed */
                return 0;
        }

        r = first = flush_file(o, &o->file);
        if (r < 0) {
                r = move_to_new_file(o, &taken, r);
                if (r < 0)
                        (void)output_set_error(&o->base, r,
                                               "cannot store what a failed flush left");
        }
        woken = report(o, &taken, r, first);
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

uint64_t output_flush_nameless(OutputFile *o, int error) {
        SegmentList left;
        uint64_t woken;

        (void)pthread_mutex_lock(&o->mutex);
        left = segment_list_take(&o->unflushed);
        (void)pthread_mutex_unlock(&o->mutex);
        woken = report(o, &left, error, error);
        segment_list_done(&left);
        return woken;
}

uint64_t output_flush_old(OutputFile *o, File *old, SegmentList *left) {
        int r, first;

        if (segment_list_is_empty(left))
                return 0;

        r = first = fdatasync(old->fd) < 0 ? -errno : file_has_name(old) ? 0 : -ENOENT;
        if (r < 0) {
                (void)pthread_mutex_lock(&o->mutex);
                r = write_again(&o->file, left);
                (void)pthread_mutex_unlock(&o->mutex);
                if (r == 0)
                        r = flush_file(o, &o->file);
        }
        return report(o, left, r, first);
}
