/* SPDX-License-Identifier: MIT */
/* A barrier at which the main thread itself does not wait. */

#include "daemon/loop/gate.h"

#include <errno.h>

int gate_init(Gate *g) {
        int r;

        *g = (Gate){ 0 };
        r = doorbell_init(&g->full);
        if (r < 0)
                return r;

        (void)pthread_mutex_init(&g->mutex, NULL); /* cannot fail without attributes */
        (void)pthread_cond_init(&g->opened, NULL);
        return 0;
}

void gate_done(Gate *g) {
        if (g->full.fd < 0)
                return;

        (void)pthread_cond_destroy(&g->opened);
        (void)pthread_mutex_destroy(&g->mutex); /* all workers have ended */
        doorbell_done(&g->full);
}

void gate_close(Gate *g, unsigned n) {
        (void)pthread_mutex_lock(&g->mutex);
        g->n_wanted = n;
        g->n_waiting = 0;
        g->round++;
        (void)pthread_mutex_unlock(&g->mutex);
}

void gate_open(Gate *g) {
        (void)pthread_mutex_lock(&g->mutex);
        g->n_wanted = 0;
        (void)pthread_cond_broadcast(&g->opened);
        (void)pthread_mutex_unlock(&g->mutex);
}

bool gate_is_full(Gate *g) {
        bool full;

        (void)doorbell_answer(&g->full); /* possibly rung for an earlier closing: counted below */
        (void)pthread_mutex_lock(&g->mutex);
        full = g->n_wanted > 0 && g->n_waiting == g->n_wanted;
        (void)pthread_mutex_unlock(&g->mutex);
        return full;
}

void gate_pass(Gate *g) {
        unsigned round;

        (void)pthread_mutex_lock(&g->mutex);
        round = g->round;
        if (g->n_wanted > 0 && ++g->n_waiting == g->n_wanted)
                doorbell_ring(&g->full);
        while (g->n_wanted > 0 && g->round == round)
                (void)pthread_cond_wait(&g->opened, &g->mutex);
        (void)pthread_mutex_unlock(&g->mutex);
}
