/* SPDX-License-Identifier: MIT */
/* Poll interest and timer, computed here and nowhere else. */

#include "daemon/stream_settle.h"

#include "core/macro.h"
#include "daemon/listener.h"
#include "daemon/stream_end.h"
#include "daemon/worker.h"
#include <sys/socket.h>

/* Closing while the peer still sends would reset the receipts away. */
#define LINGER_USEC USEC_PER_SEC
/* Nothing is taken in or ended while an output has no room: another look then. */
#define NO_ROOM_USEC (100 * USEC_PER_MSEC)
/* A peer that takes no receipts for so long is gone or hostile. */
#define PROGRESS_USEC (60 * USEC_PER_SEC)

static uint64_t deadline(const Stream *s) {
        const Worker *w = s->worker;
        uint64_t d = USEC_INFINITY;

        if (s->state == STREAM_LINGERING)
                return s->last_usec + LINGER_USEC;
        if (s->unsent)
                return s->last_usec + PROGRESS_USEC;
        if (s->state != STREAM_READING || s->held || s->backlog || s->draining)
                return d;
        if (w->idle_timeout_usec > 0)
                d = s->last_usec + w->idle_timeout_usec;
        if (s->listener->config->message_timeout_usec > 0 && frame_may_time_out(&s->frame))
                d = MIN(d, s->last_usec + s->listener->config->message_timeout_usec);
        return d;
}

/* The timer is moved only when it would fire too late; firing too early costs one look. */
static void arm_timer(Stream *s) {
        uint64_t d = deadline(s);

        if (d != USEC_INFINITY && (!timer_is_set(&s->timer) || d < s->timer.deadline_usec))
                timer_set(&s->worker->wheel, &s->timer, d);
}

void stream_settle_on_timer(Timer *t) {
        Stream *s = CONTAINER_OF(t, Stream, timer);
        uint64_t now = s->worker->now_usec;

        if (s->worker->intake.full) {
                timer_set(&s->worker->wheel, t, now + NO_ROOM_USEC);
                return;
        }
        if (s->state != STREAM_DEAD && deadline(s) <= now) {
                if (s->state == STREAM_LINGERING)
                        stream_end_abort(s, "lingered");
                else if (s->unsent)
                        stream_end_abort(s, "takes no receipts");
                else if (frame_may_time_out(&s->frame) &&
                         s->listener->config->message_timeout_usec > 0 &&
                         s->last_usec + s->listener->config->message_timeout_usec <= now)
                        stream_take_in_rest(s);
                else
                        stream_end_finish(s, "idle");
        }
        stream_settle(s);
}

static uint32_t interest(const Stream *s) {
        if (s->state == STREAM_LINGERING)
                return EPOLLIN;
        if (s->unsent)
                return EPOLLOUT;
        if (s->state == STREAM_READING && !s->held && !s->backlog)
                return EPOLLIN;
        return 0;
}

void stream_settle(Stream *s) {
        uint32_t wanted;

        if (s->state == STREAM_FINISHING && !s->unsent && s->addressee.n_pending == 0) {
                if (s->eof || shutdown(s->fd, SHUT_WR) < 0)
                        stream_end_abort(s, "finished");
                else {
                        s->last_usec = s->worker->now_usec;
                        stream_end_set_state(s, STREAM_LINGERING, "finished");
                }
        }
        if (s->state == STREAM_DEAD)
                return;

        wanted = interest(s);
        if (wanted != s->interest) {
                /* Cannot fail for a descriptor that is being polled. */
                (void)poller_change(s->worker->epoll_fd, s->fd, wanted, &s->source);
                s->interest = wanted;
        }
        arm_timer(s);
}
