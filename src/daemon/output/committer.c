/* SPDX-License-Identifier: MIT */
/* The thread waits until a flush or maintenance is due, or a file was moved. */

#include "daemon/output/committer.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/capability.h"
#include "daemon/base/log.h"
#include "daemon/loop/doorbell.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/committer_list.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_list.h"
#include "daemon/output/output_queue.h"
#include <errno.h>
#include <pthread.h>

#define SOON_USEC USEC_PER_SEC
#define MAINTAIN_INTERVAL_USEC USEC_PER_SEC
/* For the queues of outputs that were removed shortly before the end. */
#define FINISH_USEC USEC_PER_SEC

struct Committer {
        MailboxGroup *workers;
        pthread_t thread;
        Pulse pulse;
        pthread_mutex_t mutex;
        CommitterList *list; /* read by the thread; changes under the mutex */
        CommitterList *next; /* under the mutex; NULL: no change */
        bool waits;          /* under the mutex: the thread has to be woken, with … */
        Doorbell wake;       /* … this */
        uint64_t flush_usec; /* when the next flush is due; USEC_INFINITY: nothing to flush */
        uint64_t maintain_usec;
        uint64_t n_rounds_begun; /* of maintenance, as is … */
        uint64_t n_rounds_done;  /* … those that are over */
        Doorbell maintained;     /* rung when a round is over */
        bool stop;
        atomic_bool asked;          /* a flush is due now: no need to request it again */
        _Atomic uint64_t last_usec; /* duration of the last flush */
};

static void wake_workers(Committer *c, uint64_t workers) {
        mailbox_group_signal_some(c->workers, workers, MAIL_COMMIT);
}

/* An output with a thread of its own is flushed and maintained there. */
static void flush_one(Committer *c, Output *o) {
        if (atomic_load(&o->queued))
                output_queue_flush(o->queue);
        else
                wake_workers(c, o->vtable->flush(o));
}

static void flush_all(Committer *c) {
        uint64_t start = clock_monotonic();

        for (size_t i = 0; i < c->list->n; i++) {
                Output *o = c->list->outputs[i];

                if (o->vtable->flush)
                        flush_one(c, o);
        }
        atomic_store_explicit(&c->last_usec, clock_monotonic() - start, memory_order_relaxed);
}

/* An output with a thread of its own is maintained there. */
static void maintain(Committer *c, Output *o) {
        (void)buffer_pool_trim(o->pool);
        if (atomic_load(&o->queued))
                output_queue_maintain(o->queue, c->n_rounds_begun, &c->maintained);
        else if (o->vtable->maintain)
                wake_workers(c, o->vtable->maintain(o));
        output_report_changes(o, clock_monotonic());
}

static void maintain_all(Committer *c) {
        for (size_t i = 0; i < c->list->n; i++)
                maintain(c, c->list->outputs[i]);
}

/* For the first time: all of them are open then. */
static void open_all(Committer *c) {
        for (size_t i = 0; i < c->list->n; i++) {
                Output *o = c->list->outputs[i];

                if (o->vtable->maintain)
                        wake_workers(c, o->vtable->maintain(o));
        }
}

/* Those whose news ended the last wait. */
static void maintain_with_news(Committer *c) {
        for (size_t i = 0; i < c->list->n; i++)
                if (committer_list_take_news(c->list, i))
                        maintain(c, c->list->outputs[i]);
}

/* Takes an output that was removed, and that is idle, off the list. */
static Output *take_idle(Committer *c) {
        Output *idle = NULL;

        (void)pthread_mutex_lock(&c->mutex);
        if (!c->next)
                idle = committer_list_take_idle(c->list);
        (void)pthread_mutex_unlock(&c->mutex);
        return idle;
}

static void retire(Output *o) {
        log_info("output %s: no longer used", o->name);
        output_log_account(o);
        (void)output_free(o);
}

static void retire_idle(Committer *c) {
        Output *o;

        while ((o = take_idle(c)))
                retire(o);
}

/* Waits until something is due, or there is news. Called with the mutex held. */
static void wait_until_due(Committer *c) {
        bool news = false;

        while (!c->stop && !news) {
                uint64_t due = MIN(c->flush_usec, c->maintain_usec), now = clock_monotonic();

                if (due <= now)
                        return;
                c->waits = true;
                (void)pthread_mutex_unlock(&c->mutex);
                news = committer_list_wait(c->list, &c->wake, clock_timeout_msec(due, now));
                (void)pthread_mutex_lock(&c->mutex);
                c->waits = false;
        }
}

/* Called with the mutex held. */
static void wake_thread(Committer *c) {
        if (c->waits)
                doorbell_ring(&c->wake);
        c->waits = false;
}

static void run_maintenance(Committer *c) {
        maintain_all(c);
        (void)pthread_mutex_lock(&c->mutex);
        c->n_rounds_done = c->n_rounds_begun;
        (void)pthread_mutex_unlock(&c->mutex);
        doorbell_ring(&c->maintained);
}

static void *committer_run(void *userdata) {
        Committer *c = userdata;
        bool stop = false;

        capability_drop();
        while (!stop) {
                bool flush, maintenance;
                uint64_t now;

                (void)pthread_mutex_lock(&c->mutex);
                pulse_wait(&c->pulse);
                wait_until_due(c);
                pulse_go(&c->pulse);
                now = clock_monotonic();
                stop = c->stop;
                flush = stop || c->flush_usec <= now;
                if (c->next) {
                        free(c->list);
                        c->list = TAKE_PTR(c->next);
                }
                maintenance = !stop && c->maintain_usec <= now;
                if (flush)
                        c->flush_usec = USEC_INFINITY;
                if (maintenance) {
                        c->maintain_usec = now + MAINTAIN_INTERVAL_USEC;
                        c->n_rounds_begun++;
                }
                atomic_store(&c->asked, false);
                (void)pthread_mutex_unlock(&c->mutex);

                if (flush)
                        flush_all(c);
                if (maintenance)
                        run_maintenance(c);
                else
                        maintain_with_news(c);
                retire_idle(c);
        }
        return NULL;
}

static void release(Committer *c) {
        free(TAKE_PTR(c->list));
        doorbell_done(&c->maintained);
        doorbell_done(&c->wake);
}

int committer_new(const OutputList *outputs, MailboxGroup *workers, Committer **ret) {
        _cleanup_free_ Committer *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;

        c->list = committer_list_new(outputs, 0);
        if (!c->list)
                return -ENOMEM;

        c->maintained = c->wake = DOORBELL_NONE;
        r = doorbell_init(&c->maintained);
        if (r >= 0)
                r = doorbell_init(&c->wake);
        if (r < 0) {
                release(c);
                return r;
        }

        c->workers = workers;
        c->flush_usec = USEC_INFINITY;
        c->maintain_usec = clock_monotonic() + MAINTAIN_INTERVAL_USEC;
        (void)pthread_mutex_init(&c->mutex, NULL); /* cannot fail without attributes */

        open_all(c);
        r = pthread_create(&c->thread, NULL, committer_run, c);
        if (r > 0) {
                release(c);
                return -r;
        }

        *ret = TAKE_PTR(c);
        return 0;
}

Committer *committer_free(Committer *c) {
        if (!c)
                return NULL;

        (void)pthread_mutex_lock(&c->mutex);
        c->stop = true;
        wake_thread(c);
        (void)pthread_mutex_unlock(&c->mutex);
        (void)pthread_join(c->thread, NULL); /* the thread exists and is joined once */
        for (size_t i = 0; i < c->list->n; i++)
                if (c->list->outputs[i]->queue)
                        output_queue_maintain(c->list->outputs[i]->queue, c->n_rounds_begun, NULL);
        for (size_t i = c->list->n_active; i < c->list->n; i++) {
                output_finish(c->list->outputs[i], clock_monotonic() + FINISH_USEC);
                retire(c->list->outputs[i]);
        }
        release(c);
        (void)pthread_mutex_destroy(&c->mutex);
        free(c);
        return NULL;
}

static const CommitterList *newest_list(const Committer *c) {
        return c->next ? c->next : c->list;
}

CommitterList *committer_prepare(Committer *c, const OutputList *outputs) {
        size_t n_more;

        (void)pthread_mutex_lock(&c->mutex);
        n_more = newest_list(c)->n;
        (void)pthread_mutex_unlock(&c->mutex);
        return committer_list_new(outputs, n_more);
}

void committer_change(Committer *c, CommitterList *list) {
        const CommitterList *before;

        (void)pthread_mutex_lock(&c->mutex);
        before = newest_list(c);
        for (size_t i = 0; i < before->n; i++)
                if (!committer_list_has(list, before->outputs[i]))
                        list->outputs[list->n++] = before->outputs[i];
        free(c->next);
        c->next = list;
        c->flush_usec = c->maintain_usec = 0;
        wake_thread(c);
        (void)pthread_mutex_unlock(&c->mutex);
}

void committer_request(Committer *c, CommitterUrgency urgency) {
        uint64_t due = 0;

        if (atomic_load(&c->asked))
                return;
        if (urgency == COMMITTER_SOON)
                due = clock_monotonic() + SOON_USEC;

        (void)pthread_mutex_lock(&c->mutex);
        if (due < c->flush_usec) {
                c->flush_usec = due;
                atomic_store(&c->asked, due == 0);
                wake_thread(c);
        }
        (void)pthread_mutex_unlock(&c->mutex);
}

uint64_t committer_maintain_now(Committer *c) {
        uint64_t round;

        (void)pthread_mutex_lock(&c->mutex);
        c->maintain_usec = 0;
        round = c->n_rounds_begun + 1;
        wake_thread(c);
        (void)pthread_mutex_unlock(&c->mutex);
        return round;
}

int committer_maintained_fd(const Committer *c) {
        return c->maintained.fd;
}

uint64_t committer_take_maintained(Committer *c) {
        const CommitterList *l;
        uint64_t n_rounds_done;

        (void)doorbell_answer(&c->maintained);
        (void)pthread_mutex_lock(&c->mutex);
        n_rounds_done = c->n_rounds_done;
        l = newest_list(c);
        for (size_t i = 0; i < l->n_active; i++)
                if (atomic_load(&l->outputs[i]->queued))
                        n_rounds_done = MIN(n_rounds_done,
                                            output_queue_maintained(l->outputs[i]->queue));
        (void)pthread_mutex_unlock(&c->mutex);
        return n_rounds_done;
}

const Pulse *committer_pulse(const Committer *c) {
        return &c->pulse;
}

bool committer_is_busy(Committer *c) {
        const CommitterList *l;
        bool busy = false;

        (void)pthread_mutex_lock(&c->mutex);
        l = newest_list(c);
        for (size_t i = l->n_active; i < l->n; i++)
                busy = busy || output_is_busy(l->outputs[i]);
        (void)pthread_mutex_unlock(&c->mutex);
        return busy;
}

uint64_t committer_flush_usec(const Committer *c) {
        return atomic_load_explicit(&c->last_usec, memory_order_relaxed);
}

bool committer_flush_here(Committer *c, const OutputList *outputs, uint64_t own) {
        uint64_t start = clock_monotonic();

        for (size_t i = 0; i < outputs->n; i++) {
                Output *o = outputs->items[i];
                bool busy;

                if (!o->vtable->try_flush || atomic_load(&o->queued))
                        continue;
                wake_workers(c, o->vtable->try_flush(o, &busy) & ~own);
                if (busy)
                        return false;
        }
        atomic_store_explicit(&c->last_usec, clock_monotonic() - start, memory_order_relaxed);
        return true;
}
