/* SPDX-License-Identifier: MIT */
/*
 * One connection of bytes. Messages go out and receipts come in at the same time, so that neither side
 * can block the other with a full socket buffer. At the end writing is shut down and the server is
 * given the chance to close first: a close with unread receipts would be a reset, which can take
 * sent messages with it.
 */

#include "core/clock.h"
#include "core/macro.h"
#include "ctl/exchange.h"
#include "ctl/outgoing.h"
#include "ctl/print.h"
#include "ctl/replies.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>

/* Silence that ends a reply without LF, and the wait for a server that does not close after us. */
#define QUIET_USEC (200 * USEC_PER_MSEC)
/*
 * The same when receipts are not waited for: a server that is slow, and one that is sending
 * receipts.
 */
#define QUIET_UNHEARD_USEC (500 * USEC_PER_MSEC)
#define QUIET_HEARD_USEC USEC_PER_SEC
/* So long, but not longer than half the timeout, the first message waits alone for its reply. */
#define PROBE_USEC USEC_PER_SEC

typedef struct Talk {
        Exchange *x;
        Connection *c;
        bool wants_receipts;
        bool wants_input; /* input_read() is next */
        bool input_ended;
        bool shut;       /* writing was shut down */
        bool broken;     /* sending failed */
        bool peer_ended; /* nothing more will come */
        bool heard;      /* something came */
        bool settled;    /* after all was done the server closed, or fell silent */
        int error;

        /*
         * Messages without a receipt that may be out. One, until the first LF shows that receipts
         * can be told apart; a server that says nothing at all may want to see more first.
         */
        uint64_t window;
        uint64_t n_limit; /* messages that are sent at most */

        uint64_t now_usec;
        uint64_t quiet_since_usec;
        uint64_t stuck_since_usec;
        uint64_t mark;  /* bytes framed when the wait for the next receipt began */
        uint64_t acked; /* bytes that the other side's kernel had when last looked at */

        Outgoing outgoing;
        Replies replies;
} Talk;

static uint64_t n_outstanding(const Talk *t) {
        if (!t->wants_receipts || t->replies.n_receipts >= t->outgoing.n_messages)
                return 0;
        return t->outgoing.n_messages - t->replies.n_receipts;
}

static bool wants_to_send(const Talk *t) {
        return !outgoing_is_empty(&t->outgoing) || connection_has_unsent(t->c);
}

static bool is_unsent(const Talk *t) {
        return wants_to_send(t) || (t->outgoing.in_message && !t->input_ended);
}

static uint64_t n_acked(const Talk *t) {
        uint64_t sent = t->outgoing.n_bytes - (t->outgoing.end - t->outgoing.begin);

        return sent - MIN(connection_in_flight(t->c), sent);
}

static void start_waiting(Talk *t) {
        t->stuck_since_usec = t->quiet_since_usec = t->now_usec;
        t->mark = t->outgoing.n_bytes;
        t->acked = n_acked(t);
}

static void stop_input(Talk *t) {
        input_stop(t->x->input);
        t->input_ended = true;
        t->wants_input = false;
}

/* True when there is more than the buffer can hold. */
static bool fill(Talk *t) {
        bool is_full = false;
        uint64_t before = n_outstanding(t);
        uint64_t n_max = t->window == UINT64_MAX ? t->window : t->replies.n_receipts + t->window;

        if (t->input_ended || t->wants_input)
                return false;

        switch (outgoing_fill(&t->outgoing, MIN(n_max, t->n_limit))) {
        case OUTGOING_FULL:
                is_full = true;
                break;
        case OUTGOING_HELD:
                if (t->outgoing.n_messages >= t->n_limit)
                        stop_input(t);
                break;
        case OUTGOING_WAIT:
                t->wants_input = true;
                break;
        case OUTGOING_END:
        case OUTGOING_BAD:
                t->input_ended = true;
                break;
        }
        if (before == 0 && n_outstanding(t) > 0)
                start_waiting(t);
        return is_full;
}

/* What cannot be sent is given up; what the server has still to say is read. */
static void break_off(Talk *t, int error) {
        stop_input(t);
        t->outgoing.begin = t->outgoing.end;
        t->broken = true;
        t->error = error;
}

static void send_some(Talk *t) {
        int n;

        if (!wants_to_send(t))
                return;

        n = outgoing_send(&t->outgoing, t->c);
        if (n < 0)
                break_off(t, -n);
        /* sending is progress, but not when it is the server's turn */
        if (n > 0 && n_outstanding(t) == 0)
                start_waiting(t);
}

static void shut_writing(Talk *t) {
        if (t->shut || t->broken || !t->input_ended || is_unsent(t))
                return;

        if (!connection_end(t->c))
                return;
        t->shut = true;
        t->quiet_since_usec = t->now_usec;
}

static void note_receipts(Talk *t, uint64_t n_before) {
        if (t->replies.n_receipts > n_before)
                start_waiting(t);
        if (t->replies.saw_line && t->replies.receipt_lines != RECEIPT_LINES_NONE)
                t->window = UINT64_MAX;
}

static void take_rest(Talk *t) {
        uint64_t before = t->replies.n_receipts;

        if (n_outstanding(t) == 0 || t->c->is_cut) {
                replies_drop(&t->replies);
                return;
        }
        replies_end(&t->replies);
        note_receipts(t, before);
}

static void end_peer(Talk *t, int error) {
        t->peer_ended = true;
        if (error > 0 && !t->broken)
                break_off(t, error);
        else if (t->shut)
                t->settled = true;
        take_rest(t);
}

static void receive_once(Talk *t) {
        uint64_t before = t->replies.n_receipts;
        bool was_outstanding = n_outstanding(t) > 0;
        int n;

        if (t->wants_receipts)
                n = replies_receive(&t->replies, t->c);
        else /* nobody else needs the space */
                n = connection_receive(t->c, t->replies.rest, REPLY_SIZE_MAX);
        t->now_usec = clock_monotonic(); /* printing may have taken its time */
        if (n == -EAGAIN || n == -EINTR)
                return;
        if (n <= 0) {
                end_peer(t, -n);
                return;
        }
        t->heard = true;
        t->quiet_since_usec = t->now_usec;
        if (was_outstanding)
                note_receipts(t, before);
}

static void receive(Talk *t) {
        do
                receive_once(t);
        while (connection_has_more(t->c));
}

static bool is_probing(const Talk *t) {
        return t->window == 1 && !t->heard && t->replies.receipt_lines == RECEIPT_LINES_UNKNOWN;
}

static bool is_lingering(const Talk *t) {
        return t->shut && n_outstanding(t) == 0;
}

static uint64_t quiet_deadline(const Talk *t) {
        if (is_lingering(t) && !t->wants_receipts)
                return t->quiet_since_usec + (t->heard ? QUIET_HEARD_USEC : QUIET_UNHEARD_USEC);
        if (is_lingering(t) || (n_outstanding(t) > 0 && replies_may_end(&t->replies)))
                return t->quiet_since_usec + QUIET_USEC;
        if (n_outstanding(t) > 0 && is_probing(t))
                return t->quiet_since_usec + MIN(PROBE_USEC, t->x->timeout_usec / 2);
        return USEC_INFINITY;
}

static uint64_t stuck_deadline(const Talk *t) {
        if (n_outstanding(t) == 0 && !wants_to_send(t) && !is_lingering(t) && !t->broken)
                return USEC_INFINITY;
        return t->stuck_since_usec + t->x->timeout_usec;
}

static void on_quiet(Talk *t) {
        t->quiet_since_usec = t->now_usec;
        if (is_lingering(t))
                t->settled = t->wants_receipts || connection_in_flight(t->c) == 0;
        else if (replies_may_end(&t->replies))
                take_rest(t);
        else
                t->window = UINT64_MAX;
}

/* True when the wait is over. */
static bool on_stuck(Talk *t) {
        uint64_t acked = n_acked(t);

        if (is_lingering(t) && (t->wants_receipts || connection_in_flight(t->c) == 0)) {
                t->settled = true; /* the server talks on and on */
                return false;
        }
        /* a slow network is no silent server: that one's time begins when it has the message */
        if (acked > t->acked && (n_outstanding(t) == 0 || t->acked < t->mark)) {
                t->acked = acked;
                t->stuck_since_usec = t->now_usec;
                return false;
        }
        if (n_outstanding(t) > 0 && replies_is_unterminated(&t->replies)) {
                take_rest(t);
                return false;
        }
        return true;
}

static bool check_deadlines(Talk *t) {
        if (t->now_usec >= quiet_deadline(t))
                on_quiet(t);
        return t->now_usec >= stuck_deadline(t) && on_stuck(t);
}

static void report(Talk *t) {
        uint64_t begin_usec = clock_monotonic();

        /* what is on its way, half a message too, is seen through; the end of the program tells */
        if (print_flush() < 0 && t->n_limit == UINT64_MAX) {
                t->n_limit = t->outgoing.n_messages + t->outgoing.in_message;
                if (!t->outgoing.in_message)
                        stop_input(t);
        }
        progress_update(&t->x->progress, t->x->n_messages + t->outgoing.n_messages,
                        t->x->n_receipts + t->replies.n_receipts);

        /* time spent waiting for a slow reader of standard output is nobody else's fault */
        t->now_usec = clock_monotonic();
        t->stuck_since_usec += t->now_usec - begin_usec;
}

/* Waits for whatever can go on, and lets it. True when nothing did for too long. */
static bool wait_and_serve(Talk *t) {
        uint64_t deadline = MIN(quiet_deadline(t), stuck_deadline(t));
        short events = (short)((t->peer_ended ? 0 : POLLIN) | (wants_to_send(t) ? POLLOUT : 0));
        struct pollfd p[] = {
                { .fd = events != 0 ? t->c->fd : -1, .events = events },
                { .fd = t->wants_input ? input_fd(t->x->input) : -1, .events = POLLIN },
        };

        if (poll(p, ELEMENTSOF(p), clock_timeout_msec(deadline, t->now_usec)) < 0)
                p[0].revents = p[1].revents = 0; /* interrupted: look at the clock and come back */
        t->now_usec = clock_monotonic();

        if (p[1].revents != 0) {
                input_read(t->x->input);
                t->wants_input = false;
        }
        if (p[0].revents & ~POLLOUT)
                receive(t);
        return check_deadlines(t);
}

/*
 * A server that ends its side can send no receipt. It may do so when it owes none (perhaps the
 * input is at its end too), and where none is wanted: it may still be reading.
 */
static bool is_closed(const Talk *t) {
        if (!t->wants_receipts)
                return t->broken;
        return t->peer_ended && (t->broken || is_unsent(t) || n_outstanding(t) > 0);
}

static bool is_done(const Talk *t) {
        return t->settled || (t->wants_receipts && t->shut && t->peer_ended);
}

/* What the server said last may tell why. */
static ExchangeEnd on_closed(Talk *t) {
        if (!t->peer_ended)
                receive(t);
        if (!t->c->is_refused)
                return EXCHANGE_CLOSED;

        progress_hide(&t->x->progress);
        (void)connection_lost(t->c, EPROTO);
        return EXCHANGE_NOT_CONNECTED;
}

static ExchangeEnd run(Talk *t) {
        for (;;) {
                bool is_full;

                report(t);
                is_full = fill(t);
                send_some(t);
                if (is_full && outgoing_is_empty(&t->outgoing))
                        continue;
                shut_writing(t);
                if (is_closed(t))
                        return on_closed(t);
                if (is_done(t))
                        return EXCHANGE_DONE;
                if (wait_and_serve(t))
                        return EXCHANGE_TIMED_OUT;
        }
}

ExchangeEnd exchange_stream(Exchange *x, Connection *c) {
        _cleanup_free_ Talk *t = calloc(1, sizeof(Talk));
        const Destination *d = x->destination;
        ExchangeEnd end;

        if (!t) {
                x->error = ENOMEM;
                return EXCHANGE_FAILED;
        }

        t->x = x;
        t->c = c;
        t->wants_receipts = d->wants_receipts;
        t->window = d->wants_receipts && d->receipt_lines <= 0 ? 1 : UINT64_MAX;
        t->n_limit = UINT64_MAX;
        t->now_usec = clock_monotonic();
        t->outgoing.input = x->input;
        t->outgoing.frame = d->frame;
        t->replies.progress = &x->progress;
        t->replies.reply = d->reply;
        t->replies.receipt_lines = d->receipt_lines;
        start_waiting(t);
        if (connection_has_more(c))
                receive(t);

        end = run(t);
        replies_drop(&t->replies);
        x->n_messages += t->outgoing.n_messages;
        x->n_receipts += t->replies.n_receipts;
        x->n_refused += t->replies.n_refused;
        x->n_foreign += t->replies.n_foreign;
        x->error = t->error;
        (void)snprintf(x->problem, sizeof(x->problem), "%s", c->problem ? c->problem : "");
        return end;
}
