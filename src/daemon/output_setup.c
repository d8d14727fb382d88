/* SPDX-License-Identifier: MIT */
/* The same steps for an output that is new and for one that stays. */

#include "daemon/output_setup.h"

#include "config/config.h"
#include "core/record.h"
#include "daemon/output_kind.h"
#include "daemon/output_queue.h"

static bool needs_queue(const Output *o, const ConfigOutput *config) {
        return o->vtable->queued || config->when_full == WHEN_FULL_DROP;
}

int output_setup_queue(Output *o, const ConfigOutput *config, OutputQueue **ret) {
        *ret = NULL;
        return o->queue || !needs_queue(o, config) ? 0 : output_queue_new(o, ret);
}

/* A queue that is not used any more finishes what it has, and is there when it is wanted again. */
void output_setup_apply(Output *o, const ConfigOutput *config, size_t message_size,
                        OutputQueue *queue) {
        atomic_store(&o->record_max, record_size_limit(config->format, message_size));
        o->format = config->format;
        o->when_full = config->when_full;
        if (queue)
                o->queue = queue;
        o->queued = needs_queue(o, config);
}

int output_setup_open(Output *o) {
        if (o->vtable->flush && o->vtable->keep)
                (void)o->vtable->keep(o); /* nobody waits for it yet */
        return -atomic_load(&o->error);
}
