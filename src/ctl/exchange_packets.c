/* SPDX-License-Identifier: MIT */
/*
 * Each message is a packet: a datagram, or one of a connection. Nothing is ever sent twice, so only
 * few datagrams may be without a receipt at a time: what a server's socket buffer cannot hold is
 * lost, and so are receipts that ours cannot. The first one goes alone, for it shows whether anybody
 * is there.
 */

#include "core/clock.h"
#include "core/macro.h"
#include "core/receipt.h"
#include "core/transport.h"
#include "ctl/connection_unix.h"
#include "ctl/exchange.h"
#include "ctl/print.h"
#include "ctl/replies.h"
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define WINDOW_MAX 256
/* The wait for a server that does not close after us: one that is slow, one that sends receipts. */
#define QUIET_UNHEARD_USEC (500 * USEC_PER_MSEC)
#define QUIET_HEARD_USEC USEC_PER_SEC

/* How many packets may be without a receipt, and how many bytes of them. */
typedef struct Window {
        uint64_t n;
        size_t bytes;
} Window;

typedef struct Flight {
        Exchange *x;
        Connection *c;
        Window window;
        bool has_connection;
        bool wants_receipts;
        bool has_piece; /* the packet that is next */
        bool wants_input;
        bool is_full; /* the socket takes no more for now */
        bool input_ended;
        bool peer_ended; /* nothing more will come */
        bool too_long;   /* the kernel did not take the last packet, nor will it ever */
        Piece piece;
        uint64_t n_short;         /* sent, too short for a receipt */
        uint64_t n_sent;          /* the others, each of which awaits one */
        uint64_t n_receipts;      /* of them */
        size_t sizes[WINDOW_MAX]; /* of the packets without receipt: number n at n % WINDOW_MAX */
        size_t n_bytes;           /* their sum */
        uint64_t stuck_since_usec;
        Replies replies;
} Flight;

static Window window_of(Protocol p) {
        if (transport_has_connections(p))
                return (Window){ WINDOW_MAX, SIZE_MAX };
        if (transport_has_path(p))
                return (Window){ 10, SIZE_MAX }; /* net.unix.max_dgram_qlen, of our queue too */
        return (Window){ 32, (size_t)32 * 1024 };
}

static bool has_room(const Flight *f) {
        uint64_t n = f->n_sent - f->n_receipts;

        if (!f->wants_receipts || n == 0)
                return true;
        return f->n_receipts > 0 && n < f->window.n &&
               f->n_bytes + f->piece.size <= f->window.bytes;
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

/* Its receipt would be longer. */
static bool is_short(const Flight *f) {
        return f->wants_receipts && !f->has_connection && f->x->destination->is_sockd &&
               f->piece.size < RECEIPT_DATAGRAM_MIN;
}

static void count_sent(Flight *f) {
        if (is_short(f)) {
                f->n_short++;
                return;
        }
        if (!f->wants_receipts || f->n_sent == f->n_receipts)
                f->stuck_since_usec = clock_monotonic();
        f->sizes[f->n_sent % WINDOW_MAX] = f->piece.size;
        f->n_bytes += f->piece.size;
        f->n_sent++;
}

static int try_send(const Flight *f) {
        ssize_t n = send(f->c->fd, f->piece.data, f->piece.size, MSG_NOSIGNAL | MSG_DONTWAIT);

        return n < 0 ? -errno : 0;
}

/* Returns 1 when the piece has left, 0 when there is no room for it, or negative errno. */
static int send_piece(Flight *f) {
        int r = try_send(f);

        if (r == -EMSGSIZE && transport_has_path(f->x->destination->protocol)) {
                r = connection_unix_make_room(f->c->fd, f->piece.size);
                if (r >= 0)
                        r = try_send(f);
        }
        if (r < 0) {
                if (r != -EAGAIN && r != -ENOBUFS && r != -EINTR)
                        return r;
                f->is_full = true;
                return 0;
        }
        f->has_piece = false;
        count_sent(f);
        if (f->wants_receipts || f->n_sent > 1)
                return 1;

        /* no reply will be read, so this is the moment to learn that nobody is there */
        r = pending_error(f);
        return r < 0 ? r : 1;
}

static void stop_input(Flight *f) {
        input_stop(f->x->input);
        f->has_piece = f->wants_input = false;
        f->input_ended = true;
}

static int send_some(Flight *f) {
        const bool was_full = f->is_full;
        int r = 1;

        f->is_full = false;
        while (r > 0 && has_room(f) && take_piece(f) && has_room(f))
                r = send_piece(f);
        if (f->is_full && !was_full)
                f->stuck_since_usec = clock_monotonic();
        if (r == -EMSGSIZE && f->has_piece) {
                stop_input(f);
                f->too_long = true;
                return 0;
        }
        return MIN(r, 0);
}

/* Returns 1, 0 at the end of a connection, or negative errno. */
static int receive_one(Flight *f) {
        ssize_t n;

        if (!f->has_connection)
                return replies_receive_datagram(&f->replies, f->c->fd);
        if (f->wants_receipts)
                return replies_receive_packet(&f->replies, f->c->fd);
        n = recv(f->c->fd, f->replies.rest, REPLY_SIZE_MAX, MSG_DONTWAIT);
        return n < 0 ? -errno : n > 0;
}

/* Returns 0 or negative errno. */
static int receive_some(Flight *f) {
        for (;;) {
                int r = receive_one(f);

                if (r == -EAGAIN || r == -EINTR)
                        return 0;
                if (r == 0)
                        f->peer_ended = true;
                if (r <= 0)
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
        if (print_flush() < 0 && !f->input_ended)
                stop_input(f);
        progress_update(&f->x->progress, f->n_sent + f->n_short, f->n_receipts + f->n_short);
}

/* Returns 0, -ETIMEDOUT, or the negative errno of the socket. */
static int wait_and_serve(Flight *f) {
        bool waits = f->is_full || (f->wants_receipts && f->n_sent > f->n_receipts);
        uint64_t deadline = waits ? f->stuck_since_usec + f->x->timeout_usec : USEC_INFINITY;
        struct pollfd p[] = {
                { .fd = f->peer_ended && !f->is_full ? -1 : f->c->fd,
                  .events = f->is_full ? POLLIN | POLLOUT : POLLIN },
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

/* A server that owes nothing may end its side. */
static bool is_closed(const Flight *f) {
        return f->peer_ended && f->wants_receipts && (f->has_piece || f->n_sent > f->n_receipts);
}

/* The connection is of no more use; what the server said before that is read. */
static ExchangeEnd on_break(Flight *f, int error) {
        for (int i = 0; i < 2 && !f->peer_ended; i++)
                (void)receive_some(f); /* the first call may find only the error */
        f->x->error = error;
        return EXCHANGE_CLOSED;
}

/* Packets that the server has not read. */
static bool has_unread(const Flight *f) {
        int n;

        return ioctl(f->c->fd, SIOCOUTQ, &n) >= 0 && n > 0;
}

/*
 * A close with receipts that nobody read would be a reset, which can take sent packets with it. So the
 * server is given the chance to close first.
 */
static void settle(Flight *f) {
        const uint64_t deadline = clock_monotonic() + f->x->timeout_usec;
        struct pollfd p = { .fd = f->c->fd, .events = POLLIN };
        uint64_t quiet = QUIET_UNHEARD_USEC, now;

        (void)shutdown(f->c->fd,
                       SHUT_WR); /* when it fails the connection is gone, and reading tells */
        while (!f->peer_ended && (now = clock_monotonic()) < deadline) {
                int n = poll(&p, 1, clock_timeout_msec(MIN(now + quiet, deadline), now));

                if (n == 0 && !has_unread(f))
                        return;
                if (n > 0 && receive_some(f) < 0)
                        return;
                if (n > 0)
                        quiet = QUIET_HEARD_USEC;
        }
}

static ExchangeEnd finish(Flight *f) {
        if (f->has_connection && !f->wants_receipts)
                settle(f);
        return f->too_long ? EXCHANGE_TOO_LONG : EXCHANGE_DONE;
}

static ExchangeEnd run(Flight *f) {
        int r;

        for (;;) {
                report(f);
                r = send_some(f);
                if (r == 0 && is_done(f))
                        r = f->wants_receipts && f->n_short == 0 ? 0 : pending_error(f);
                if (r == 0 && is_done(f))
                        return finish(f);
                if (r == 0 && is_closed(f))
                        return EXCHANGE_CLOSED;
                if (r == 0)
                        r = wait_and_serve(f);
                if (r == -ETIMEDOUT)
                        return EXCHANGE_TIMED_OUT;
                if (r < 0 && f->has_connection)
                        return on_break(f, -r);
                if (r < 0 && on_refusal(f, -r) < 0)
                        return EXCHANGE_NOT_CONNECTED;
        }
}

ExchangeEnd exchange_packets(Exchange *x, Connection *c) {
        _cleanup_free_ Flight *f = calloc(1, sizeof(Flight));
        const Protocol p = x->destination->protocol;
        ExchangeEnd end;

        if (!f) {
                x->error = ENOMEM;
                return EXCHANGE_FAILED;
        }

        f->x = x;
        f->c = c;
        f->window = window_of(p);
        f->has_connection = transport_has_connections(p);
        f->wants_receipts = x->destination->wants_receipts;
        f->replies.progress = &x->progress;
        f->replies.reply = x->destination->reply;
        end = run(f);
        x->n_messages += f->n_sent + f->n_short;
        x->n_receipts += f->n_receipts;
        x->n_refused += f->replies.n_refused;
        x->n_foreign += f->replies.n_foreign;
        x->n_without_id += f->has_connection ? 0 : f->replies.n_bare;
        x->n_unanswered += f->n_short;
        return end;
}
