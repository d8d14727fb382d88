/* SPDX-License-Identifier: MIT */
/*
 * One thread, one condition: a flush is wanted now, wanted soon, or it is time to look after the
 * files.
 */

#include "daemon/committer.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/mailbox.h"
#include "daemon/output_kind.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

#define SOON_USEC USEC_PER_SEC
#define KEEP_INTERVAL_USEC USEC_PER_SEC
/* A worker that flushes serves nobody meanwhile. */
#define FLUSH_HERE_MAX_USEC (2 * USEC_PER_MSEC)
#define QUICK_MAX_USEC (USEC_PER_MSEC / 2)
/* With a slower disk a flush is worth collecting more for it first. */
#define FLUSH_EARLY_MAX_USEC (5 * USEC_PER_MSEC)

struct Committer {
        Output *const *outputs;
        size_t n_outputs;
        MailboxGroup *workers;
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t wanted;
        uint64_t flush_usec; /* when the next flush is due; USEC_INFINITY: nothing to flush */
        uint64_t keep_usec;
        bool stop;
        atomic_bool asked;          /* a flush is due now: no need to ask again */
        _Atomic uint64_t last_usec; /* what the last flush took */
};

static void wake(Committer *c, uint64_t workers) {
        for (size_t i = 0; i < c->workers->n_members; i++)
                if (workers & (UINT64_C(1) << (i % 64)))
                        mailbox_signal(c->workers->members[i], MAIL_COMMIT);
}

static void flush_all(Committer *c) {
        uint64_t start = clock_monotonic();

        for (size_t i = 0; i < c->n_outputs; i++)
                if (c->outputs[i]->vtable->flush)
                        wake(c, c->outputs[i]->vtable->flush(c->outputs[i]));
        atomic_store_explicit(&c->last_usec, clock_monotonic() - start, memory_order_relaxed);
}

static void keep_all(Committer *c) {
        for (size_t i = 0; i < c->n_outputs; i++) {
                (void)buffer_pool_trim(c->outputs[i]->pool);
                if (c->outputs[i]->vtable->keep)
                        wake(c, c->outputs[i]->vtable->keep(c->outputs[i]));
        }
}

/* Waits until something is due. Called with the mutex held. */
static void wait_until_due(Committer *c) {
        while (!c->stop) {
                uint64_t due = MIN(c->flush_usec, c->keep_usec);
                struct timespec ts = clock_timespec(due);

                if (due <= clock_monotonic())
                        return;
                (void)pthread_cond_timedwait(&c->wanted, &c->mutex, &ts);
        }
}

static void *committer_run(void *userdata) {
        Committer *c = userdata;
        bool stop = false;

        while (!stop) {
                bool flush, keep;
                uint64_t now;

                (void)pthread_mutex_lock(&c->mutex);
                wait_until_due(c);
                now = clock_monotonic();
                stop = c->stop;
                flush = stop || c->flush_usec <= now;
                keep = !stop && c->keep_usec <= now;
                if (flush)
                        c->flush_usec = USEC_INFINITY;
                if (keep)
                        c->keep_usec = now + KEEP_INTERVAL_USEC;
                atomic_store(&c->asked, false);
                (void)pthread_mutex_unlock(&c->mutex);

                if (flush)
                        flush_all(c);
                if (keep)
                        keep_all(c);
        }
        return NULL;
}

int committer_new(Output *const *outputs, size_t n_outputs, MailboxGroup *workers,
                  Committer **ret) {
        _cleanup_free_ Committer *c = calloc(1, sizeof(*c));
        pthread_condattr_t attr;
        int r;

        if (!c)
                return -ENOMEM;

        c->outputs = outputs;
        c->n_outputs = n_outputs;
        c->workers = workers;
        c->flush_usec = USEC_INFINITY;
        c->keep_usec = clock_monotonic() + KEEP_INTERVAL_USEC;
        (void)pthread_mutex_init(&c->mutex, NULL); /* cannot fail without attributes */
        (void)pthread_condattr_init(&attr);
        (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&c->wanted, &attr);
        (void)pthread_condattr_destroy(&attr);

        keep_all(c);
        r = pthread_create(&c->thread, NULL, committer_run, c);
        if (r > 0)
                return -r;

        *ret = TAKE_PTR(c);
        return 0;
}

Committer *committer_free(Committer *c) {
        if (!c)
                return NULL;

        (void)pthread_mutex_lock(&c->mutex);
        c->stop = true;
        (void)pthread_cond_signal(&c->wanted);
        (void)pthread_mutex_unlock(&c->mutex);
        (void)pthread_join(c->thread, NULL); /* the thread exists and is joined once */
        (void)pthread_cond_destroy(&c->wanted);
        (void)pthread_mutex_destroy(&c->mutex);
        free(c);
        return NULL;
}

void committer_request(Committer *c, CommitterUrgency urgency) {
        uint64_t due = 0;

        if (atomic_load(&c->asked) ||
            (urgency == COMMITTER_EARLY &&
             atomic_load_explicit(&c->last_usec, memory_order_relaxed) > FLUSH_EARLY_MAX_USEC))
                return;
        if (urgency == COMMITTER_SOON)
                due = clock_monotonic() + SOON_USEC;

        (void)pthread_mutex_lock(&c->mutex);
        if (due < c->flush_usec) {
                c->flush_usec = due;
                atomic_store(&c->asked, due == 0);
                (void)pthread_cond_signal(&c->wanted);
        }
        (void)pthread_mutex_unlock(&c->mutex);
}

void committer_reopen(Committer *c) {
        (void)pthread_mutex_lock(&c->mutex);
        c->keep_usec = 0;
        (void)pthread_cond_signal(&c->wanted);
        (void)pthread_mutex_unlock(&c->mutex);
}

bool committer_is_quick(const Committer *c) {
        return atomic_load_explicit(&c->last_usec, memory_order_relaxed) <= QUICK_MAX_USEC;
}

bool committer_flush_here(Committer *c, unsigned worker) {
        const uint64_t own = UINT64_C(1) << (worker % 64);
        uint64_t start;

        if (atomic_load_explicit(&c->last_usec, memory_order_relaxed) > FLUSH_HERE_MAX_USEC)
                return false;

        start = clock_monotonic();
        for (size_t i = 0; i < c->n_outputs; i++) {
                Output *o = c->outputs[i];
                bool busy;

                if (!o->vtable->try_flush)
                        continue;
                wake(c, o->vtable->try_flush(o, &busy) & ~own);
                if (busy)
                        return false;
        }
        atomic_store_explicit(&c->last_usec, clock_monotonic() - start, memory_order_relaxed);
        return true;
}
