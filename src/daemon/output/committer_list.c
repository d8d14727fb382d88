/* SPDX-License-Identifier: MIT */
/* In one piece of memory, so that it can be replaced without waiting. */

#include "daemon/output/committer_list.h"

#include "daemon/loop/doorbell.h"
#include "daemon/output/output_list.h"
#include "daemon/output/output_queue.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

CommitterList *committer_list_new(const OutputList *outputs, size_t n_more) {
        size_t n = outputs->n + n_more;
        CommitterList *l = malloc(sizeof(*l) + n * sizeof(Output *) +
                                  (n + 1) * sizeof(struct pollfd));

        if (!l)
                return NULL;

        l->n = l->n_active = outputs->n;
        l->fds = (struct pollfd *)(l->outputs + n);
        for (size_t i = 0; i <= n; i++)
                l->fds[i].revents = 0;
        for (size_t i = 0; i < outputs->n; i++)
                l->outputs[i] = outputs->items[i];
        return l;
}

bool committer_list_has(const CommitterList *l, const Output *o) {
        for (size_t i = 0; i < l->n; i++)
                if (l->outputs[i] == o)
                        return true;

        return false;
}

Output *committer_list_take_idle(CommitterList *l) {
        for (size_t i = l->n_active; i < l->n; i++) {
                Output *o = l->outputs[i];

                if (!output_is_idle(o))
                        continue;
                l->outputs[i] = l->outputs[--l->n];
                return o;
        }
        return NULL;
}

/* Not of one whose thread has still to take the news. */
static int news_fd(const Output *o) {
        return atomic_load(&o->queued) && output_queue_is_maintaining(o->queue) ? -EBADF
                                                                                : o->news_fd;
}

bool committer_list_wait(CommitterList *l, Doorbell *wake, int timeout_msec) {
        int n;

        l->fds[0] = (struct pollfd){ .fd = wake->fd, .events = POLLIN };
        for (size_t i = 0; i < l->n; i++)
                l->fds[i + 1] = (struct pollfd){ .fd = news_fd(l->outputs[i]), .events = POLLIN };
        n = poll(l->fds, (nfds_t)(l->n + 1), timeout_msec);
        if (n <= 0)
                return false;
        if (l->fds[0].revents != 0)
                (void)doorbell_answer(wake);
        return n > (l->fds[0].revents != 0);
}

bool committer_list_take_news(CommitterList *l, size_t i) {
        bool any = l->fds[i + 1].revents != 0;

        l->fds[i + 1].revents = 0;
        return any;
}
