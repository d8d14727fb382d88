/* SPDX-License-Identifier: MIT */
/* What leaves is drained as when stopping; the rest continues. */

#include "daemon/worker/worker_change.h"

#include "config/config.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/streams.h"
#include "daemon/output/output.h"
#include "daemon/output/output_list.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"

/* Share of limits.memory for the commits of all workers. */
#define SHARE_COMMITS 16

void worker_change_by_main(Worker *w, const ConfigLimits *limits, IntakesChange *change) {
        const Workers *all = w->workers;
        bool shows_local = false;

        for (size_t i = 0; i < all->outputs->n; i++)
                shows_local = shows_local || all->outputs->items[i]->format != FORMAT_TEXT;
        streams_configure(w->streams, limits, shows_local);
        w->datagrams->message_size = (size_t)limits->message_size;
        intakes_change(&w->intakes, change, all->routes, limits->memory / SHARE_COMMITS / all->n);
        w->changed = true;
}

void worker_change_in_thread(Worker *w) {
        w->changed = false;
        acceptor_reconfigure(&w->acceptor);
        streams_reconfigure(w->streams);
        streams_release(w->streams); /* the output that failed may be gone */
        datagrams_reconfigure(w->datagrams);
}
