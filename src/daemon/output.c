/* SPDX-License-Identifier: MIT */
/* What all outputs have in common. */

#include "daemon/output.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/log.h"
#include "daemon/mailbox.h"
#include "daemon/output_kind.h"
#include "daemon/output_queue.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

int output_init(Output *o, const OutputVtable *vtable, const ConfigOutput *config, BufferPool *pool,
                MailboxGroup *workers) {
        o->vtable = vtable;
        o->type = config->type;
        o->pool = pool;
        o->workers = workers;
        o->name = strdup(config->type == OUTPUT_FILE ? config->path : "journal");
        return o->name ? 0 : -ENOMEM;
}

void output_done(Output *o) {
        o->queue = output_queue_free(o->queue);
        o->pool = buffer_pool_free(o->pool);
        free(TAKE_PTR(o->name));
}

void output_count(Output *o, uint64_t n_records, int error) {
        atomic_fetch_add_explicit(error < 0 ? &o->stats.failed : &o->stats.recorded, n_records,
                                  memory_order_relaxed);
}

int output_set_error(Output *o, int error, const char *what) {
        int before = atomic_exchange(&o->error, -error);
        uint64_t n_failed = atomic_load(&o->stats.failed);

        if (before == 0 && error < 0) {
                atomic_store(&o->n_failed_before, n_failed);
                return log_event(EVENT_OUTPUT_FAILS, o->name, LOG_WARNING, error,
                                 "output %s: %s, its messages are not stored", o->name, what);
        }
        if (before != 0 && error == 0) {
                (void)log_event(EVENT_OUTPUT_WORKS, o->name, LOG_NOTICE, 0,
                                "output %s: works again, %" PRIu64 " messages were not stored",
                                o->name, n_failed - atomic_load(&o->n_failed_before));
                mailbox_group_signal(o->workers, MAIL_ROOM);
        }
        return error;
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

void output_log_account(const Output *o) {
        log_info("output %s: %" PRIu64 " recorded, %" PRIu64 " dropped, %" PRIu64 " failed",
                 o->name, atomic_load(&o->stats.recorded), atomic_load(&o->stats.dropped),
                 atomic_load(&o->stats.failed));
}

bool output_is_idle(Output *o) {
        return (!o->queue || output_queue_is_idle(o->queue)) &&
               (!o->vtable->is_flushed || o->vtable->is_flushed(o)) &&
               !buffer_pool_is_used(o->pool);
}

Output *output_free(Output *o) {
        return o ? o->vtable->free(o) : NULL;
}
