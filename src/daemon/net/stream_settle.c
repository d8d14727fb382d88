/* SPDX-License-Identifier: MIT */
/* The only place that changes poll interest and timer. */

#include "daemon/net/stream_settle.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hold.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <sys/socket.h>

/* Closing while the peer still sends would reset the connection and lose receipts. */
#define LINGER_USEC USEC_PER_SEC
/* So long a connection may send nothing before it is closed because its listening socket leaves. */
#define FIRST_USEC USEC_PER_SEC
/* A peer that takes no receipts for this long never will. */
#define PROGRESS_USEC (60 * USEC_PER_SEC)
/* A proxy sends its header at once; the specification wants at least 3 seconds. */
#define OPENING_USEC (5 * USEC_PER_SEC)
/* From the beginning of the connection until both sides have agreed on TLS. */
#define SECURING_USEC (10 * USEC_PER_SEC)

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

static StreamWait wait_to_read(const Stream *s) {
        if (s->state == STREAM_OPENING && !s->hold)
                return (StreamWait){ EPOLLIN, s->last_usec + OPENING_USEC, STREAM_DUE_OPENING };
        /* While it waits for its turn, it would be reported in place of those that have messages. */
        if (s->state == STREAM_SECURING)
                return (StreamWait){ turns_waits(&s->turn) || s->hold ? 0 : EPOLLIN,
                                     s->last_usec + SECURING_USEC, STREAM_DUE_SECURING };
        if (s->state != STREAM_READING || s->hold || s->backlog)
                return (StreamWait){ 0, USEC_INFINITY, STREAM_DUE_NOTHING };
        if (s->paced_since_usec > 0)
                return (StreamWait){ 0, s->paced_until_usec, STREAM_DUE_PACE };
        return wait_for_input(s);
}

static StreamWait wait_as_state(const Stream *s) {
        StreamWait w;
        uint64_t look_usec;

        if (s->state == STREAM_LINGERING)
                return (StreamWait){ EPOLLIN, s->last_usec + LINGER_USEC, STREAM_DUE_LINGERED };

        w = wait_to_read(s);
        if (_likely_(!s->unsent) || s->state == STREAM_DEAD)
                return w;

        /* Receipts that wait do not hold messages back. */
        w.interest |= EPOLLOUT;
        look_usec = stream_unsent_taken_usec(s) + PROGRESS_USEC;
        if (look_usec < w.deadline_usec) {
                w.deadline_usec = look_usec;
                w.due = STREAM_DUE_LOOK;
        }
        return w;
}

/* Its listening socket leaves; but what a new connection sends first may be on its way. */
static uint64_t drain_usec(const Stream *s) {
        if (s->n_messages > 0 || !frame_is_at_start(&s->frame))
                return s->streams->loop->now_usec;
        return s->last_usec + FIRST_USEC;
}

StreamWait stream_settle_wait(const Stream *s) {
        StreamWait w = wait_as_state(s);

        if (_unlikely_(s->origin->leaving) && s->state == STREAM_READING && !s->draining) {
                w.deadline_usec = drain_usec(s);
                w.due = STREAM_DUE_DRAIN;
        }
        return w;
}

/* All receipts are sent: shuts down writing and gives the peer time to close. */
static void shut_writing(Stream *s) {
        if (s->tls && !stream_tls_end(s))
                return;
        if (s->eof || shutdown(s->fd, SHUT_WR) < 0) {
                stream_end_abort(s, NULL);
                return;
        }
        s->last_usec = s->streams->loop->now_usec;
        s->state = STREAM_LINGERING;
}

/* The loop reports it even to those that asked for nothing. */
void stream_settle_hang_up(Stream *s) {
        if (s->state != STREAM_READING) {
                stream_end_lost(s, ECONNRESET);
                return;
        }
        loop_remove(s->streams->loop, s->fd);
        s->hung_up = true;
}

static void change_interest(Stream *s, uint32_t interest) {
        Loop *loop = s->streams->loop;

        s->interest = interest;
        if (!s->hung_up) {
                loop_change(loop, s->fd, interest, &s->source);
                return;
        }
        if (!(interest & EPOLLIN))
                return;

        s->hung_up = false;
        if (loop_add(loop, s->fd, interest, &s->source) < 0)
                stream_end_abort(s, "out of memory");
}

void stream_settle(Stream *s) {
        Loop *loop = s->streams->loop;
        StreamWait w;

        if (s->state == STREAM_FINISHING && !s->unsent && s->addressee.n_pending == 0)
                shut_writing(s);
        if (s->state == STREAM_DEAD)
                return;
        if (_unlikely_(s->hold == STREAM_HOLD_ROUTE))
                (void)stream_hold_end(s);

        w = stream_settle_wait(s);
        if (w.interest != s->interest)
                change_interest(s, w.interest);
        if (s->state == STREAM_DEAD)
                return;

        /* Moved only if it would fire too late; firing early costs one check. */
        if (w.deadline_usec != USEC_INFINITY &&
            (!timer_is_set(&s->timer) || w.deadline_usec < s->timer.deadline_usec))
                timer_set(&loop->timers, &s->timer, w.deadline_usec);
}
