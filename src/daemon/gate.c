/* SPDX-License-Identifier: MIT */
/* A barrier that the main thread need not wait at. */

#include "daemon/gate.h"

#include "core/macro.h"
#include <errno.h>
#include <sys/eventfd.h>

int gate_init(Gate *g) {
        *g = (Gate){ .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
        if (g->event_fd < 0)
                return -errno;

        (void)pthread_mutex_init(&g->mutex, NULL); /* cannot fail without attributes */
        (void)pthread_cond_init(&g->opened, NULL);
        return 0;
}

void gate_done(Gate *g) {
        if (g->event_fd < 0)
                return;

        (void)pthread_cond_destroy(&g->opened);
        (void)pthread_mutex_destroy(&g->mutex); /* all workers have ended */
        closep(&g->event_fd);
        g->event_fd = -EBADF;
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
        eventfd_t n;
        bool full;

        (void)eventfd_read(g->event_fd,
                           &n); /* an event of an earlier round, or none: looked at next */
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
                (void)eventfd_write(g->event_fd, 1); /* cannot overflow */
        while (g->n_wanted > 0 && g->round == round)
                (void)pthread_cond_wait(&g->opened, &g->mutex);
        (void)pthread_mutex_unlock(&g->mutex);
}
