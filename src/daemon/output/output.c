/* SPDX-License-Identifier: MIT */
/* Submitting, errors, and the log of faults: common to all outputs. */

#include "daemon/output/output.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Quiet time after which a fault counts as over. */
#define FAILING_QUIET_USEC (2 * USEC_PER_SEC)
#define DROPPING_QUIET_USEC (5 * USEC_PER_SEC)

int output_init(Output *o, const OutputVtable *vtable, const ConfigOutput *config, BufferPool *pool,
                MailboxGroup *workers) {
        o->vtable = vtable;
        o->type = config->type;
        o->pool = pool;
        o->workers = workers;
        o->news_fd = -EBADF;
        o->name = strdup(config->type == OUTPUT_FILE ? config->path : "journal");
        return o->name ? 0 : -ENOMEM;
}

void output_done(Output *o) {
        o->queue = output_queue_free(o->queue);
        o->pool = buffer_pool_free(o->pool);
        free(TAKE_PTR(o->name));
        free(TAKE_PTR(o->key));
}

/* Wakes the senders that were held back. */
static void clear_error(Output *o, uint64_t n_recorded_at_retry) {
        atomic_store(&o->n_recorded_at_retry, n_recorded_at_retry);
        if (atomic_exchange(&o->write_errno, 0) != 0)
                mailbox_group_signal(o->workers, MAIL_ROOM);
}

int output_set_error(Output *o, int error, const char *what) {
        if (error < 0) {
                atomic_store(&o->write_errno, -error);
                if (episode_sign(&o->failing, clock_monotonic()))
                        (void)log_event(EVENT_OUTPUT_FAILS, o->name, LOG_WARNING, error,
                                        "output %s: %s, its messages are not stored", o->name,
                                        what);
        } else if (atomic_load_explicit(&o->write_errno, memory_order_relaxed) != 0)
                clear_error(o, UINT64_MAX);
        return error;
}

void output_try_again(Output *o) {
        int error = atomic_load(&o->write_errno);

        clear_error(o, error == ENOSPC || error == EDQUOT ? UINT64_MAX
                                                          : atomic_load(&o->stats.recorded));
}

static void report_failing(Output *o, uint64_t now, uint64_t quiet) {
        uint64_t n;

        if (atomic_load(&o->write_errno) != 0 ||
            atomic_load(&o->stats.recorded) == atomic_load(&o->n_recorded_at_retry))
                episode_extend(&o->failing, now);
        else if (episode_ends(&o->failing, atomic_load(&o->stats.failed), now, quiet, &n))
                (void)log_event(EVENT_OUTPUT_WORKS, o->name, LOG_NOTICE, 0,
                                "output %s: works again, %" PRIu64 " messages were not stored",
                                o->name, n);
}

static void report_dropping(Output *o, uint64_t now, uint64_t quiet) {
        uint64_t n;
        EpisodeTurn turn = episode_look(&o->dropping, atomic_load(&o->stats.dropped), now, quiet,
                                        &n);

        if (turn == EPISODE_BEGINS)
                (void)log_event(EVENT_OUTPUT_DROPS, o->name, LOG_WARNING, 0,
                                "output %s: cannot keep up, records are dropped", o->name);
        else if (turn == EPISODE_ENDS)
                (void)log_event(EVENT_OUTPUT_KEEPS_UP, o->name, LOG_NOTICE, 0,
                                "output %s: keeps up again, %" PRIu64 " records were dropped",
                                o->name, n);
}

void output_report_changes(Output *o, uint64_t now_usec) {
        report_failing(o, now_usec, FAILING_QUIET_USEC);
        report_dropping(o, now_usec, DROPPING_QUIET_USEC);
}

int output_submit(Output *o, const Segment *s) {
        int r;

        if (o->queued)
                return output_queue_push(o->queue, s);

        r = o->vtable->write(o, s);
        (void)buffer_unref(s->buffer);
        return r;
}

bool output_is_flushed(const Output *o) {
        return o->vtable->flush;
}

void output_finish(Output *o, uint64_t deadline_usec) {
        if (o->queue)
                output_queue_finish(o->queue, deadline_usec);
}

void output_log_account(Output *o) {
        uint64_t now = clock_monotonic();
        bool fails = atomic_load(&o->write_errno) != 0;

        report_failing(o, now, 0);
        /* The first call may count more drops, the second one ends the fault. */
        report_dropping(o, now, fails ? DROPPING_QUIET_USEC : 0);
        report_dropping(o, now, fails ? DROPPING_QUIET_USEC : 0);
        log_info("output %s: %" PRIu64 " recorded, %" PRIu64 " dropped, %" PRIu64 " failed",
                 o->name, atomic_load(&o->stats.recorded), atomic_load(&o->stats.dropped),
                 atomic_load(&o->stats.failed));
}

bool output_is_idle(Output *o) {
        return (!o->queue || output_queue_is_idle(o->queue)) &&
               (!o->vtable->is_flushed || o->vtable->is_flushed(o)) &&
               buffer_pool_used(o->pool) == 0;
}

Output *output_free(Output *o) {
        return o ? o->vtable->free(o) : NULL;
}
