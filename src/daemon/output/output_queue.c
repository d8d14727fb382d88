/* SPDX-License-Identifier: MIT */
/* A list of segments, a mutex, and a thread that takes the whole list at once. */

#include "daemon/output/output_queue.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/capability.h"
#include "daemon/loop/doorbell.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_impl.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Grace time for the thread to give up. */
#define GIVE_UP_USEC USEC_PER_SEC

struct OutputQueue {
        Output *output;
        pthread_t thread;
        Pulse pulse;
        pthread_mutex_t mutex;
        pthread_cond_t changed; /* segments were queued or finished, or stop is set */
        SegmentList waiting;
        bool busy;
        bool stop;
        bool give_up;       /* the rest is to be counted failed … */
        Doorbell interrupt; /* … and a wait to be interrupted */
};

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
        mailbox_group_room(o->workers);
}

static void *queue_run(void *userdata) {
        OutputQueue *q = userdata;

        capability_drop();
        (void)pthread_mutex_lock(&q->mutex);
        for (;;) {
                SegmentList taken;
                Segment s;

                pulse_wait(&q->pulse);
                while (segment_list_is_empty(&q->waiting) && !q->stop)
                        (void)pthread_cond_wait(&q->changed, &q->mutex);
                pulse_go(&q->pulse);
                if (segment_list_is_empty(&q->waiting))
                        break;

                taken = segment_list_take(&q->waiting);
                q->busy = true;
                while (segment_list_pop(&taken, &s)) {
                        bool give_up = q->give_up;

                        (void)pthread_mutex_unlock(&q->mutex);
                        write_one(q, &s, give_up);
                        pulse_go(&q->pulse);
                        (void)pthread_mutex_lock(&q->mutex);
                }
                segment_list_done(&taken);
                q->busy = false;
                (void)pthread_cond_broadcast(&q->changed);
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
                return r;
        }
        return 1;
}

int output_queue_interrupt_fd(const OutputQueue *q) {
        return q->interrupt.fd;
}

const Pulse *output_queue_pulse(const OutputQueue *q) {
        return &q->pulse;
}

bool output_queue_is_idle(OutputQueue *q) {
        bool idle;

        (void)pthread_mutex_lock(&q->mutex);
        idle = !q->busy && segment_list_is_empty(&q->waiting);
        (void)pthread_mutex_unlock(&q->mutex);
        return idle;
}

/* Called with the mutex held. Waits until the queue is empty. Returns 0 or ETIMEDOUT. */
static int wait_until_idle(OutputQueue *q, uint64_t deadline_usec) {
        struct timespec deadline = clock_timespec(deadline_usec);
        int r = 0;

        while (r == 0 && (q->busy || !segment_list_is_empty(&q->waiting)))
                r = pthread_cond_timedwait(&q->changed, &q->mutex, &deadline);
        return r;
}

void output_queue_finish(OutputQueue *q, uint64_t deadline_usec) {
        (void)pthread_mutex_lock(&q->mutex);
        if (wait_until_idle(q, deadline_usec) != 0) {
                q->give_up = true;
                doorbell_ring(&q->interrupt);
                /* A timeout means that the thread is stuck in the kernel. */
                (void)wait_until_idle(q, deadline_usec + GIVE_UP_USEC);
        }
        (void)pthread_mutex_unlock(&q->mutex);
}
