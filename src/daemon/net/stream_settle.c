/* SPDX-License-Identifier: MIT */
/* The only place that changes poll interest and timer. */

#include "daemon/net/stream_settle.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/streams.h"
#include <sys/socket.h>

/* Closing while the peer still sends would reset the connection and lose receipts. */
#define LINGER_USEC USEC_PER_SEC
/* A peer that reads no receipts for this long is gone or hostile. */
#define PROGRESS_USEC (60 * USEC_PER_SEC)

static StreamWait wait_for_input(const Stream *s) {
        const uint64_t idle = s->streams->idle_timeout_usec,
                       message = s->listener->config->message_timeout_usec;
        StreamWait w = { .interest = EPOLLIN, .deadline_usec = USEC_INFINITY };

        if (s->draining)
                return w;
        if (idle > 0) {
                w.deadline_usec = s->last_usec + idle;
                w.due = STREAM_DUE_IDLE;
        }
        if (message > 0 && frame_may_time_out(&s->frame) &&
            s->last_usec + message <= w.deadline_usec) {
                w.deadline_usec = s->last_usec + message;
                w.due = STREAM_DUE_MESSAGE;
        }
        return w;
}

StreamWait stream_settle_wait(const Stream *s) {
        if (s->state == STREAM_LINGERING)
                return (StreamWait){ EPOLLIN, s->last_usec + LINGER_USEC, STREAM_DUE_LINGERED };
        if (s->state != STREAM_DEAD && s->unsent)
                return (StreamWait){ EPOLLOUT, s->last_usec + PROGRESS_USEC,
                                     STREAM_DUE_NO_PROGRESS };
        if (s->state == STREAM_READING && !s->held_back && !s->backlog)
                return wait_for_input(s);
        return (StreamWait){ 0, USEC_INFINITY, STREAM_DUE_NOTHING };
}

/* All receipts are sent: shuts down writing and gives the peer time to close. */
static void shut_writing(Stream *s) {
        if (s->eof || shutdown(s->fd, SHUT_WR) < 0) {
                stream_end_abort(s, NULL);
                return;
        }
        s->last_usec = s->streams->loop->now_usec;
        s->state = STREAM_LINGERING;
}

void stream_settle(Stream *s) {
        Loop *loop = s->streams->loop;
        StreamWait w;

        if (s->state == STREAM_FINISHING && !s->unsent && s->addressee.n_pending == 0)
                shut_writing(s);
        if (s->state == STREAM_DEAD)
                return;

        w = stream_settle_wait(s);
        if (w.interest != s->interest) {
                loop_change(loop, s->fd, w.interest, &s->source);
                s->interest = w.interest;
        }
        /* Moved only if it would fire too late; firing early costs one check. */
        if (w.deadline_usec != USEC_INFINITY &&
            (!timer_is_set(&s->timer) || w.deadline_usec < s->timer.deadline_usec))
                timer_set(&loop->timers, &s->timer, w.deadline_usec);
}
