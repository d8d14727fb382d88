/* SPDX-License-Identifier: MIT */
/* A list of segments, a mutex, and a thread that takes the whole list at once, and flushes it at once. */

#include "daemon/output/output_queue.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/capability.h"
#include "daemon/loop/doorbell.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_name.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Grace time for the thread to give up. */
#define GIVE_UP_USEC USEC_PER_SEC
/* What no receipt waits for is flushed within that. */
#define SOON_USEC USEC_PER_SEC

struct OutputQueue {
        Output *output;
        pthread_t thread;
        Pulse pulse;
        pthread_mutex_t mutex;
        pthread_cond_t changed; /* segments were queued or finished, or stop is set */
        SegmentList waiting;
        uint64_t flush_usec; /* when a flush is due; USEC_INFINITY: none is */
        bool to_maintain;
        uint64_t round, n_rounds_done; /* of maintenance: wanted, and over */
        Doorbell *maintained;          /* borrowed: rung then; NULL: none */
        bool busy;
        bool stop;
        bool give_up;       /* the rest is to be counted failed … */
        Doorbell interrupt; /* … and a wait to be interrupted */
};

/* When the segment is to be flushed: at once if that gives buffers back that others may wait for. */
static uint64_t flush_due(const Output *o, const Segment *s) {
        if (!s->flush)
                return USEC_INFINITY;
        return s->commit->urgent || buffer_pool_is_scarce(o->pool) ? 0
                                                                   : clock_monotonic() + SOON_USEC;
}

static void write_one(OutputQueue *q, const Segment *s, bool give_up) {
        Output *o = q->output;
        int r = give_up ? -ECANCELED : o->vtable->write(o, s);
        Mailbox *waiting;

        if (give_up)
                output_count(o, s->n_records, r);
        waiting = s->commit ? commit_written(s->commit, r) : NULL;
        if (waiting)
                mailbox_signal(waiting, MAIL_COMMIT);
        (void)buffer_unref(s->buffer);
        (void)output_name_unref(s->name);
        mailbox_group_room(o->workers);
}

/* The following are called with the mutex held, which is free while they work. */

static void write_all(OutputQueue *q) {
        SegmentList taken = segment_list_take(&q->waiting);
        Segment s;

        while (segment_list_pop(&taken, &s)) {
                bool give_up = q->give_up;

                q->flush_usec = MIN(q->flush_usec, flush_due(q->output, &s));
                (void)pthread_mutex_unlock(&q->mutex);
                write_one(q, &s, give_up);
                pulse_go(&q->pulse);
                (void)pthread_mutex_lock(&q->mutex);
        }
        segment_list_done(&taken);
}

static void flush(OutputQueue *q) {
        Output *o = q->output;

        q->flush_usec = USEC_INFINITY;
        if (!o->vtable->flush)
                return;

        (void)pthread_mutex_unlock(&q->mutex);
        mailbox_group_signal_some(o->workers, o->vtable->flush(o), MAIL_COMMIT);
        pulse_go(&q->pulse);
        (void)pthread_mutex_lock(&q->mutex);
}

static void maintain(OutputQueue *q) {
        Output *o = q->output;
        uint64_t round = q->round;

        (void)pthread_mutex_unlock(&q->mutex);
        if (o->vtable->maintain)
                mailbox_group_signal_some(o->workers, o->vtable->maintain(o), MAIL_COMMIT);
        pulse_go(&q->pulse);
        (void)pthread_mutex_lock(&q->mutex);
        q->n_rounds_done = round;
        q->to_maintain = q->to_maintain && round != q->round;
        if (q->maintained)
                doorbell_ring(q->maintained);
}

static bool flush_is_due(const OutputQueue *q) {
        return q->flush_usec != USEC_INFINITY && (q->stop || q->flush_usec <= clock_monotonic());
}

/* What has been given up is not to be tried again. */
static bool maintenance_is_due(const OutputQueue *q) {
        return q->to_maintain && !q->give_up;
}

static bool is_due(const OutputQueue *q) {
        return !segment_list_is_empty(&q->waiting) || flush_is_due(q) || maintenance_is_due(q);
}

static void wait_until_due(OutputQueue *q) {
        while (!q->stop && !is_due(q)) {
                struct timespec ts = clock_timespec(q->flush_usec);

                if (q->flush_usec == USEC_INFINITY)
                        (void)pthread_cond_wait(&q->changed, &q->mutex);
                else
                        (void)pthread_cond_timedwait(&q->changed, &q->mutex, &ts);
        }
}

/* What was queued is written, then flushed at once: meanwhile, the next flush collects. */
static void work(OutputQueue *q) {
        q->busy = true;
        write_all(q);
        if (flush_is_due(q))
                flush(q);
        if (maintenance_is_due(q))
                maintain(q);
        q->busy = false;
        (void)pthread_cond_broadcast(&q->changed);
}

static void *queue_run(void *userdata) {
        OutputQueue *q = userdata;

        capability_drop();
        (void)pthread_mutex_lock(&q->mutex);
        for (;;) {
                pulse_wait(&q->pulse);
                wait_until_due(q);
                pulse_go(&q->pulse);
                if (!is_due(q))
                        break;
                work(q);
        }
        (void)pthread_mutex_unlock(&q->mutex);
        return NULL;
}

int output_queue_new(Output *o, OutputQueue **ret) {
        _cleanup_free_ OutputQueue *q = calloc(1, sizeof(*q));
        int r;

        if (!q)
                return -ENOMEM;

        r = doorbell_init(&q->interrupt);
        if (r < 0)
                return r;

        q->output = o;
        q->flush_usec = USEC_INFINITY;
        (void)pthread_mutex_init(&q->mutex, NULL); /* cannot fail without attributes */
        clock_cond_init(&q->changed);
        r = pthread_create(&q->thread, NULL, queue_run, q);
        if (r > 0) {
                doorbell_done(&q->interrupt);
                return -r;
        }

        *ret = TAKE_PTR(q);
        return 0;
}

OutputQueue *output_queue_free(OutputQueue *q) {
        if (!q)
                return NULL;

        (void)pthread_mutex_lock(&q->mutex);
        q->stop = true;
        (void)pthread_cond_broadcast(&q->changed);
        (void)pthread_mutex_unlock(&q->mutex);
        (void)pthread_join(q->thread, NULL); /* the thread exists and is joined once */

        segment_list_done(&q->waiting);
        doorbell_done(&q->interrupt);
        (void)pthread_cond_destroy(&q->changed);
        (void)pthread_mutex_destroy(&q->mutex);
        free(q);
        return NULL;
}

int output_queue_push(OutputQueue *q, const Segment *s) {
        int r;

        (void)pthread_mutex_lock(&q->mutex);
        r = segment_list_push(&q->waiting, s);
        if (!q->busy)
                (void)pthread_cond_signal(&q->changed);
        (void)pthread_mutex_unlock(&q->mutex);
        if (r < 0) {
                (void)buffer_unref(s->buffer);
                (void)output_name_unref(s->name);
                return r;
        }
        return 1;
}

void output_queue_flush(OutputQueue *q) {
        (void)pthread_mutex_lock(&q->mutex);
        q->flush_usec = 0;
        (void)pthread_cond_broadcast(&q->changed);
        (void)pthread_mutex_unlock(&q->mutex);
}

void output_queue_maintain(OutputQueue *q, uint64_t round, Doorbell *bell) {
        (void)pthread_mutex_lock(&q->mutex);
        q->to_maintain = bell != NULL;
        q->round = round;
        q->maintained = bell;
        (void)pthread_cond_broadcast(&q->changed);
        (void)pthread_mutex_unlock(&q->mutex);
}

bool output_queue_is_maintaining(OutputQueue *q) {
        bool maintaining;

        (void)pthread_mutex_lock(&q->mutex);
        maintaining = q->to_maintain;
        (void)pthread_mutex_unlock(&q->mutex);
        return maintaining;
}

uint64_t output_queue_maintained(OutputQueue *q) {
        uint64_t round;

        (void)pthread_mutex_lock(&q->mutex);
        round = q->n_rounds_done;
        (void)pthread_mutex_unlock(&q->mutex);
        return round;
}

int output_queue_interrupt_fd(const OutputQueue *q) {
        return q->interrupt.fd;
}

const Pulse *output_queue_pulse(const OutputQueue *q) {
        return &q->pulse;
}

static bool is_idle(const OutputQueue *q) {
        return !q->busy && segment_list_is_empty(&q->waiting) && q->flush_usec == USEC_INFINITY;
}

bool output_queue_is_idle(OutputQueue *q) {
        bool idle;

        (void)pthread_mutex_lock(&q->mutex);
        idle = is_idle(q);
        (void)pthread_mutex_unlock(&q->mutex);
        return idle;
}

/* Called with the mutex held. Waits until it is idle. Returns 0 or ETIMEDOUT. */
static int wait_until_idle(OutputQueue *q, uint64_t deadline_usec) {
        struct timespec deadline = clock_timespec(deadline_usec);
        int r = 0;

        while (r == 0 && !is_idle(q))
                r = pthread_cond_timedwait(&q->changed, &q->mutex, &deadline);
        return r;
}

void output_queue_finish(OutputQueue *q, uint64_t deadline_usec) {
        (void)pthread_mutex_lock(&q->mutex);
        if (q->flush_usec != USEC_INFINITY)
                q->flush_usec = 0;
        (void)pthread_cond_broadcast(&q->changed);
        if (wait_until_idle(q, deadline_usec) != 0) {
                q->give_up = true;
                doorbell_ring(&q->interrupt);
                /* A timeout means that the thread is stuck in the kernel. */
                (void)wait_until_idle(q, deadline_usec + GIVE_UP_USEC);
        }
        (void)pthread_mutex_unlock(&q->mutex);
}
