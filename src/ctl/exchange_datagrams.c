/* SPDX-License-Identifier: MIT */
/*
 * UDP. Nothing is ever sent twice, so only few datagrams may be without a receipt at a time: what a
 * server's socket buffer cannot hold is lost. The first one goes alone, for it shows whether
 * anybody is there.
 */

#include "core/clock.h"
#include "core/macro.h"
#include "core/receipt.h"
#include "ctl/exchange.h"
#include "ctl/print.h"
#include "ctl/replies.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define WINDOW_MAX 32
#define WINDOW_BYTES_MAX (32 * 1024)

typedef struct Flight {
        Exchange *x;
        Connection *c;
        bool wants_receipts;
        bool has_piece; /* the datagram that is next */
        bool wants_input;
        bool is_full; /* the socket takes no more for now */
        bool input_ended;
        Piece piece;
        uint64_t n_short;         /* sent, too short for a receipt */
        uint64_t n_sent;          /* the others, each of which awaits one */
        uint64_t n_receipts;      /* of them */
        size_t sizes[WINDOW_MAX]; /* of the datagrams without receipt: number n at n % WINDOW_MAX */
        size_t n_bytes;           /* their sum */
        uint64_t stuck_since_usec;
        Replies replies;
} Flight;

static bool has_room(const Flight *f) {
        uint64_t n = f->n_sent - f->n_receipts;

        if (!f->wants_receipts || n == 0)
                return true;
        return f->n_receipts > 0 && n < WINDOW_MAX &&
               f->n_bytes + f->piece.size <= WINDOW_BYTES_MAX;
}

static bool take_piece(Flight *f) {
        if (f->has_piece)
                return true;
        if (f->wants_input || f->input_ended)
                return false;

        switch (input_next(f->x->input, &f->piece)) {
        case INPUT_PIECE:
                f->has_piece = true;
                break;
        case INPUT_WAIT:
                f->wants_input = true;
                break;
        case INPUT_END:
        case INPUT_BAD:
                f->input_ended = true;
                break;
        }
        return f->has_piece;
}

/* An ICMP refusal that has come in. Returns 0 or negative errno. */
static int pending_error(const Flight *f) {
        socklen_t size = sizeof(int);
        int error;

        return getsockopt(f->c->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

static void count_sent(Flight *f) {
        if (f->wants_receipts && f->x->destination->is_sockd &&
            f->piece.size < RECEIPT_DATAGRAM_MIN) {
                f->n_short++;
                return;
        }
        if (!f->wants_receipts || f->n_sent == f->n_receipts)
                f->stuck_since_usec = clock_monotonic();
        f->sizes[f->n_sent % WINDOW_MAX] = f->piece.size;
        f->n_bytes += f->piece.size;
        f->n_sent++;
}

/* Returns 1 when the piece has left, 0 when there is no room for it, or negative errno. */
static int send_piece(Flight *f) {
        if (send(f->c->fd, f->piece.data, f->piece.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
                if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
                        return -errno;
                f->is_full = true;
                return 0;
        }
        f->has_piece = false;
        count_sent(f);
        if (!f->wants_receipts && f->n_sent == 1) {
                /* no reply will be read, so this is the moment to learn that nobody is there */
                int r = pending_error(f);

                return r < 0 ? r : 1;
        }
        return 1;
}

static int send_some(Flight *f) {
        f->is_full = false;
        while (has_room(f) && take_piece(f) && has_room(f)) {
                int r = send_piece(f);

                if (r <= 0)
                        return r;
        }
        return 0;
}

static int receive_some(Flight *f) {
        for (;;) {
                int r = replies_receive_datagram(&f->replies, f->c->fd);

                if (r == -EAGAIN || r == -EINTR)
                        return 0;
                if (r < 0)
                        return r;
                if (f->n_receipts == f->n_sent)
                        continue; /* one too many: printed, but no receipt of anything */
                f->n_bytes -= f->sizes[f->n_receipts % WINDOW_MAX];
                f->n_receipts++;
                f->stuck_since_usec = clock_monotonic();
        }
}

/*
 * Returns 0 when another address is worth a try. Only the first datagram is still at hand, and
 * nobody had it.
 */
static int on_refusal(Flight *f, int error) {
        if (f->n_sent + f->n_short > 1 || f->replies.n_receipts > 0)
                return connection_lost(f->c, error);
        if (connection_retry(f->c, error) < 0)
                return -ENOTCONN;

        f->has_piece = true;
        f->n_sent = f->n_short = 0;
        f->n_bytes = 0;
        return 0;
}

static void report(Flight *f) {
        /* what is on its way is seen through; the end of the program tells */
        if (print_flush() < 0 && !f->input_ended) {
                input_stop(f->x->input);
                f->has_piece = f->wants_input = false;
                f->input_ended = true;
        }
        progress_update(&f->x->progress, f->n_sent + f->n_short, f->n_receipts + f->n_short);
}

/* Returns 0, -ETIMEDOUT, or the negative errno of the socket. */
static int wait_and_serve(Flight *f) {
        bool waits = f->is_full || (f->wants_receipts && f->n_sent > f->n_receipts);
        uint64_t deadline = waits ? f->stuck_since_usec + f->x->timeout_usec : USEC_INFINITY;
        struct pollfd p[] = {
                { .fd = f->c->fd, .events = f->is_full ? POLLIN | POLLOUT : POLLIN },
                { .fd = f->wants_input ? input_fd(f->x->input) : -1, .events = POLLIN },
        };

        if (poll(p, ELEMENTSOF(p), clock_timeout_msec(deadline, clock_monotonic())) < 0)
                return 0; /* interrupted */

        if (p[1].revents != 0) {
                input_read(f->x->input);
                f->wants_input = false;
        }
        if (p[0].revents & ~POLLOUT)
                return receive_some(f);
        return clock_monotonic() >= deadline && !(p[0].revents & POLLOUT) ? -ETIMEDOUT : 0;
}

static bool is_done(const Flight *f) {
        return f->input_ended && (!f->wants_receipts || f->n_receipts == f->n_sent);
}

static ExchangeEnd run(Flight *f) {
        int r;

        for (;;) {
                report(f);
                r = send_some(f);
                if (r == 0 && is_done(f))
                        r = f->wants_receipts && f->n_short == 0 ? 0 : pending_error(f);
                if (r == 0 && is_done(f))
                        return EXCHANGE_DONE;
                if (r == 0)
                        r = wait_and_serve(f);
                if (r == -ETIMEDOUT)
                        return EXCHANGE_TIMED_OUT;
                if (r < 0 && on_refusal(f, -r) < 0)
                        return EXCHANGE_NOT_CONNECTED;
        }
}

ExchangeEnd exchange_datagrams(Exchange *x, Connection *c) {
        _cleanup_free_ Flight *f = calloc(1, sizeof(Flight));
        ExchangeEnd end;

        if (!f) {
                x->error = ENOMEM;
                return EXCHANGE_FAILED;
        }

        f->x = x;
        f->c = c;
        f->wants_receipts = x->destination->wants_receipts;
        f->replies.progress = &x->progress;
        f->replies.reply = x->destination->reply;
        end = run(f);
        x->n_messages += f->n_sent + f->n_short;
        x->n_receipts += f->n_receipts;
        x->n_refused += f->replies.n_refused;
        x->n_foreign += f->replies.n_foreign;
        x->n_without_id += f->replies.n_bare;
        x->n_unanswered += f->n_short;
        return end;
}
