/* SPDX-License-Identifier: MIT */
/* Receiving datagrams, many per system call. Replies are in datagram_reply.c. */

#include "daemon/net/datagram.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/intake/intake.h"
#include "daemon/net/access.h"
#include "daemon/net/datagram_reply.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/pace.h"
#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH_MAX 64
#define ROUNDS_MAX (DATAGRAM_RECEIVE_MAX / BATCH_MAX)
/* Fits any datagram; not a power of two, so that the slots do not share cache sets. */
#define SLOT_SIZE (65536 + 320)
#define CONTROL_SIZE 128
#define DROPS_INTERVAL_USEC USEC_PER_SEC

/* Consecutive datagrams of one host, while there is limits.message_rate_per_peer. */
typedef struct DatagramTurn {
        Address peer;
        uint64_t n, left; /* accepted, and how many may be in all */
} DatagramTurn;

struct DatagramBatch {
        struct mmsghdr headers[BATCH_MAX];
        struct iovec iov[BATCH_MAX];
        struct sockaddr_storage names[BATCH_MAX];
        _Alignas(struct cmsghdr) char control[BATCH_MAX][CONTROL_SIZE];
        Peer news;         /* of the peer of the last datagrams: not reported yet */
        bool is_limited;   /* pace_is_limited() */
        bool each_differs; /* in its destination, or in whether it is refused */
        DatagramTurn turn;
        char slots[BATCH_MAX][SLOT_SIZE]; /* pages are allocated on first use */
};

DatagramBatch *datagram_batch_new(void) {
        DatagramBatch *b = malloc(sizeof(*b));

        if (!b)
                return NULL;

        b->news = (Peer){ 0 };
        b->turn = (DatagramTurn){ 0 };
        for (size_t i = 0; i < BATCH_MAX; i++) {
                b->iov[i] = (struct iovec){ b->slots[i], SLOT_SIZE };
                b->headers[i] = (struct mmsghdr){ .msg_hdr = {
                                                          .msg_name = &b->names[i],
                                                          .msg_iov = &b->iov[i],
                                                          .msg_iovlen = 1,
                                                          .msg_control = b->control[i],
                                                  } };
        }
        return b;
}

DatagramBatch *datagram_batch_free(DatagramBatch *b) {
        free(b);
        return NULL;
}

/* The counter of the kernel is cumulative and wraps at 32 bits. */
static void set_drops(Datagram *d, uint32_t total) {
        uint32_t n = total - d->drops_seen;

        d->drops_seen = total;
        if (n > 0)
                counter_add(&d->origin->listener->stats.kernel_drops, n);
}

static bool read_meminfo(int fd, uint32_t info[static SK_MEMINFO_VARS]) {
        socklen_t size = SK_MEMINFO_VARS * sizeof(uint32_t);

        return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 &&
               size == SK_MEMINFO_VARS * sizeof(uint32_t);
}

void datagram_note_drops(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];

        if (read_meminfo(d->origin->fd, info))
                set_drops(d, info[SK_MEMINFO_DROPS]);
}

void datagram_expect_drops(Datagrams *all) {
        if (!timer_is_set(&all->drops_timer))
                timer_set(&all->loop->timers, &all->drops_timer,
                          all->loop->now_usec + DROPS_INTERVAL_USEC);
}

/* Reads the destination address from the control messages. */
static void read_control(struct msghdr *mh, DatagramOrigin *origin) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                        struct in_pktinfo info;

                        memcpy(&info, CMSG_DATA(c), sizeof(info));
                        origin->local.v4 = info.ipi_addr;
                        origin->answer_from.v4 = info.ipi_spec_dst;
                } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                        struct in6_pktinfo info;

                        memcpy(&info, CMSG_DATA(c), sizeof(info));
                        origin->local.v6 = origin->answer_from.v6 = info.ipi6_addr;
                        if (address_has_scope(&origin->local))
                                origin->local.scope_id = origin->answer_from.scope_id =
                                        info.ipi6_ifindex;
                }
        }
}

/* Bytes of the LF, CRLF or NUL at the end of N bytes, which some senders add. */
static size_t ending_size(const char *data, size_t n) {
        if (n == 0 || (data[n - 1] != '\n' && data[n - 1] != '\0'))
                return 0;
        return data[n - 1] == '\n' && n > 1 && data[n - 2] == '\r' ? 2 : 1;
}

/* TRUE_SIZE may exceed what was received. */
static Message make_message(const char *data, size_t true_size, size_t size_max) {
        size_t n = true_size > SLOT_SIZE ? true_size : true_size - ending_size(data, true_size);

        size_max = MIN(size_max, (size_t)SLOT_SIZE);
        return (Message){ .data = data, .size = MIN(n, size_max), .true_size = n };
}

/* Datagrams often come in bursts from one peer: the record head can be reused. */
static bool is_same_source(const DatagramBatch *b, unsigned i) {
        return i > 0 && !b->each_differs &&
               b->headers[i].msg_hdr.msg_namelen == b->headers[i - 1].msg_hdr.msg_namelen &&
               memcmp(&b->names[i], &b->names[i - 1], b->headers[i].msg_hdr.msg_namelen) == 0;
}

static void report_peer(Datagrams *all) {
        Peer *news = &all->batch->news;

        if (news->received == 0)
                return;

        news->last_seen_usec = all->loop->realtime_usec;
        peers_note(all->peers, news);
        *news = (Peer){ .address = news->address };
}

static void end_turn(Datagrams *all) {
        DatagramTurn *t = &all->batch->turn;

        if (t->n > 0)
                pace_take(all->pace, &t->peer, t->n, all->loop->now_usec);
        *t = (DatagramTurn){ 0 };
}

/* Whether PEER may send one more. */
static bool may_send(Datagrams *all, const Address *peer) {
        DatagramTurn *t = &all->batch->turn;
        uint64_t wait;

        if (!address_same_host(&t->peer, peer)) {
                end_turn(all);
                *t = (DatagramTurn){ *peer, 0,
                                     pace_left(all->pace, peer, all->loop->now_usec, &wait) };
        }
        if (t->n == t->left)
                return false;

        t->n++;
        return true;
}

static void refuse(Datagram *d, const Address *peer) {
        Datagrams *all = d->datagrams;
        Stats *stats = &d->origin->listener->stats;

        counter_add(&stats->received, 1);
        counter_add(&stats->refused, 1);
        peers_note(all->peers, &(Peer){ .address = *peer,
                                        .refused = 1,
                                        .last_seen_usec = all->loop->realtime_usec });
        pace_note_refused(all->pace, peer, all->loop->now_usec);
}

/* Counted then. The next datagram of a batch may be of the same source, and is looked at, too. */
static bool is_turned_away(Datagram *d, const Address *peer) {
        Datagrams *all = d->datagrams;
        Listener *l = d->origin->listener;
        AccessVerdict v = access_decide(l->access, peer);

        all->batch->each_differs = d->any || all->batch->is_limited || v != ACCESS_ALLOWED;
        if (v != ACCESS_ALLOWED) {
                peers_note(all->peers, &(Peer){ .address = *peer,
                                                .denied = 1,
                                                .last_seen_usec = all->loop->realtime_usec });
                listener_note_denied(l, &l->stats.datagrams_denied, peer, access_text(v),
                                     all->loop->now_usec);
                return true;
        }
        if (!all->batch->is_limited || may_send(all, peer))
                return false;

        refuse(d, peer);
        return true;
}

/* Returns false if PEER may not send. */
static bool change_source(Datagram *d, struct msghdr *mh, const Address *peer,
                          DatagramOrigin *origin) {
        Datagrams *all = d->datagrams;
        char text[ADDRESS_TEXT_MAX];
        RecordSource source = { .listener = d->origin->listener->config->name,
                                .protocol = PROTOCOL_UDP,
                                .peer = *peer,
                                .peer_text = text };

        if (is_turned_away(d, peer))
                return false;
        if (d->any)
                read_control(mh, origin);
        source.local = origin->local;
        source.peer_text_size = address_format(peer, text);
        if (!address_same_host(&all->batch->news.address, peer)) {
                report_peer(all);
                all->batch->news.address = *peer;
        }
        intake_change_source(all->intake, &source);
        return true;
}

static void take_datagram(Datagram *d, DatagramBatch *b, unsigned i) {
        Datagrams *all = d->datagrams;
        struct mmsghdr *h = &b->headers[i];
        DatagramOrigin origin = { .local = d->origin->local, .answer_from = d->origin->local };
        Message m = make_message(b->slots[i], h->msg_len, all->message_size);
        Address peer;
        Id id;

        if (address_from_sockaddr((const struct sockaddr *)&b->names[i], &peer) < 0)
                return; /* not a family we listen on */
        if (!is_same_source(b, i) && !change_source(d, &h->msg_hdr, &peer, &origin))
                return;

        id = all->intake->id;
        intake_add(all->intake, &m);
        b->news.received++;
        b->news.bytes += m.true_size;

        if (d->origin->listener->receipt &&
            datagram_reply_is_allowed(d, &peer, b->slots[i], h->msg_len))
                datagram_reply_add(d, &peer, &origin, h->msg_len, m.true_size > m.size, &id);
}

/* Receives one batch. Returns how many datagrams, or negative errno. */
static int receive_batch(Datagram *d, uint64_t *size) {
        DatagramBatch *b = d->datagrams->batch;
        Intake *in = d->datagrams->intake;
        Listener *l = d->origin->listener;
        int n;

        for (size_t i = 0; i < BATCH_MAX; i++) {
                b->headers[i].msg_hdr.msg_namelen = sizeof(b->names[i]);
                b->headers[i].msg_hdr.msg_controllen = d->any ? CONTROL_SIZE : 0;
        }
        n = recvmmsg(d->origin->fd, b->headers, BATCH_MAX, MSG_DONTWAIT | MSG_TRUNC, NULL);
        if (n < 0)
                return -errno;
        if (n == 0)
                return 0;

        b->is_limited = pace_is_limited(d->datagrams->pace);
        b->each_differs = d->any || b->is_limited;
        intake_begin(in, l->config->acknowledge, &l->stats, NULL, NULL);
        for (unsigned i = 0; i < (unsigned)n; i++) {
                take_datagram(d, b, i);
                *size += b->headers[i].msg_len + 1;
        }
        (void)intake_end(in); /* datagrams don't depend on each other */
        report_peer(d->datagrams);
        end_turn(d->datagrams);
        return n;
}

static void set_polled(Datagram *d, bool polled) {
        Datagrams *all = d->datagrams;

        if (d->poll.polled == polled)
                return;

        d->poll.polled = polled;
        loop_change(all->loop, d->origin->fd, polled ? 0 : EPOLLIN, &d->source);
        if (!polled)
                all->n_polled--;
        else if (all->n_polled++ == 0)
                all->poll_usec = all->loop->now_usec + DATAGRAM_POLL_USEC;
}

unsigned datagram_receive(Datagram *d) {
        bool may = !d->origin->listener->receipt && d->receive_buffer >= DATAGRAM_POLL_BUFFER_MIN;
        unsigned n_added = 0;
        uint64_t size = 0;

        for (unsigned round = 0; round < ROUNDS_MAX && !d->datagrams->intake->full; round++) {
                int n = receive_batch(d, &size);

                /* An error is that of an earlier reply (ICMP); the socket still works. */
                n_added += n > 0 ? (unsigned)n : 0;
                if (n < BATCH_MAX)
                        break;
        }
        if (n_added > 0)
                datagram_expect_drops(d->datagrams);
        set_polled(d, datagram_poll_note(&d->poll, n_added, d->datagrams->loop->now_usec, may));
        return n_added;
}

static void datagram_on_event(Source *source, uint32_t events _unused_) {
        (void)datagram_receive((Datagram *)source); /* the rest is reported again */
}

/* The memory of the queue at first (more than its bytes) bounds what later datagrams can add. */
bool datagram_drain(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];
        uint64_t size = 0, queued = UINT64_MAX;

        if (d->drained)
                return true;
        if (read_meminfo(d->origin->fd, info))
                queued = info[SK_MEMINFO_RMEM_ALLOC];
        while (size < queued) {
                int n;

                if (d->datagrams->intake->full)
                        return false;

                n = receive_batch(d, &size);
                if (n == 0 || n == -EAGAIN)
                        break;
        }
        datagram_note_drops(d);
        set_polled(d, false);
        loop_remove(d->datagrams->loop, d->origin->fd);
        d->drained = true;
        return true;
}

int datagram_new(Datagrams *all, ListenerSocket *origin, Datagram **ret) {
        _cleanup_free_ Datagram *d = calloc(1, sizeof(*d));
        uint32_t info[SK_MEMINFO_VARS];
        const int on = 1, off = 0;
        int r;

        if (!d)
                return -ENOMEM;

        d->source.on_event = datagram_on_event;
        d->datagrams = all;
        d->origin = origin;
        d->any = address_is_any(&origin->local);
        /* A socket that was passed may have it: no receipt may reach all hosts of a network. */
        if (setsockopt(d->origin->fd, SOL_SOCKET, SO_BROADCAST, &off, sizeof(off)) < 0)
                return -errno;
        if (d->any && (d->origin->local.family == AF_INET
                               ? setsockopt(d->origin->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on))
                               : setsockopt(d->origin->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
                                            sizeof(on))) < 0)
                return -errno;

        if (read_meminfo(d->origin->fd, info)) {
                /* Drops from before we had the socket are not counted. */
                d->drops_seen = info[SK_MEMINFO_DROPS];
                d->receive_buffer = info[SK_MEMINFO_RCVBUF];
        }
        r = loop_add(all->loop, d->origin->fd, EPOLLIN, &d->source);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(d);
        return 0;
}

void datagram_reconfigure(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];

        if (read_meminfo(d->origin->fd, info))
                d->receive_buffer = info[SK_MEMINFO_RCVBUF];
        set_polled(d, false);
}

Datagram *datagram_free(Datagram *d) {
        free(d);
        return NULL;
}
