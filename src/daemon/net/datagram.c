/* SPDX-License-Identifier: MIT */
/* Receiving datagrams, many per system call. Replies are in datagram_reply.c. */

#include "daemon/net/datagram.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/transport.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intake_syslog.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/access.h"
#include "daemon/net/datagram_queue.h"
#include "daemon/net/datagram_reply.h"
#include "daemon/net/datagram_source.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/pace.h"
#include "daemon/net/socket.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH_MAX 64
#define ROUNDS_MAX (DATAGRAM_RECEIVE_MAX / BATCH_MAX)
/* Fits any datagram; not a power of two, so that the slots do not share cache sets. */
#define SLOT_SIZE (65536 + 320)
/* A queue of more than net.unix.max_dgram_qlen datagrams holds the senders back: 10 by default. */
#define LOCAL_ROUNDS_MAX 64

/* Consecutive datagrams of one host, while there is limits.message_rate_per_peer. */
typedef struct DatagramTurn {
        Address peer;
        uint64_t n, left; /* accepted, and how many may be in all */
} DatagramTurn;

struct DatagramBatch {
        struct mmsghdr headers[BATCH_MAX];
        struct iovec iov[BATCH_MAX];
        struct sockaddr_storage names[BATCH_MAX];
        _Alignas(struct cmsghdr) char control[BATCH_MAX][DATAGRAM_CONTROL_SIZE];
        DatagramSource source; /* of the last datagram, if that was recorded */
        bool has_source;
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

/* All that was received. */
static Message whole_message(const char *data, size_t true_size) {
        return (Message){ data, MIN(true_size, (size_t)SLOT_SIZE), true_size };
}

/* A packet is recorded as it is; of anything else, what ends it is dropped. */
static void limit_message(const Datagram *d, Message *m) {
        const size_t size_max = d->datagrams->message_size;

        if (transport_has_packets(d->origin->at.protocol))
                m->size = MIN(m->size, size_max);
        else
                frame_whole(m, size_max);
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

        all->batch->each_differs = datagram_source_varies(d) || all->batch->is_limited ||
                                   v != ACCESS_ALLOWED;
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

/* Returns false if its peer may not send. */
static bool change_source(Datagram *d, const DatagramSource *from) {
        Datagrams *all = d->datagrams;
        const Protocol protocol = d->origin->at.protocol;
        RecordPacket packet = from->packet;
        char text[ADDRESS_TEXT_MAX];
        RecordSource source = { .listener = d->origin->listener->config->name,
                                .protocol = protocol,
                                .peer = from->peer,
                                .local = from->local,
                                .peer_text = text };

        if (d->origin->listener->config->syslog)
                source.syslog = &d->intake->syslog.header;

        if (is_turned_away(d, &from->peer))
                return false;
        source.peer_text_size = transport_has_packets(protocol)
                                        ? address_format_host(&from->peer, text)
                                        : address_format(&from->peer, text);
        if (transport_has_packets(protocol)) {
                packet.options = from->options;
                source.packet = &packet;
        }
        if (!address_same_host(&all->batch->news.address, &from->peer)) {
                report_peer(all);
                all->batch->news.address = from->peer;
        }
        intake_change_source(d->intake, &source);
        return true;
}

/* Where control messages count, they are read each time, but often say the same. */
static bool is_as_before(const DatagramBatch *b, const DatagramSource *s) {
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): reading a source sets all bytes */
        return b->has_source && !b->is_limited && memcmp(&b->source, s, sizeof(*s)) == 0;
}

/* Returns false if there is nothing to record. */
static bool look_at_source(Datagram *d, DatagramBatch *b, unsigned i, Message *m) {
        Stats *stats = &d->origin->listener->stats;
        struct msghdr *mh = &b->headers[i].msg_hdr;
        DatagramSource s;

        if (is_same_source(b, i))
                return true;

        switch (datagram_source_read(d, mh, &s, m)) {
        case DATAGRAM_GOOD:
                break;
        case DATAGRAM_BAD:
                counter_add(&stats->bad_frames, 1);
                return false;
        case DATAGRAM_UNWANTED:
                return false;
        }
        if (transport_has_path(d->origin->at.protocol) && mh->msg_flags & MSG_CTRUNC)
                counter_add(&stats->descriptors_refused, 1);
        if (is_as_before(b, &s))
                return true;

        b->source = s;
        b->has_source = change_source(d, &s);
        return b->has_source;
}

static void take_datagram(Datagram *d, DatagramBatch *b, unsigned i) {
        const size_t size = b->headers[i].msg_len;
        Message m = whole_message(b->slots[i], size);
        Id id;

        if (!look_at_source(d, b, i, &m))
                return;

        limit_message(d, &m);
        id = d->intake->id;
        (_unlikely_(d->intake->is_syslog) ? intake_syslog_add : intake_add)(d->intake, &m);
        b->news.received++;
        b->news.bytes += m.true_size;

        if (d->origin->listener->receipt &&
            datagram_reply_is_allowed(d, &b->source, b->slots[i], size))
                datagram_reply_add(d, &b->source, size, m.true_size > m.size, &id);
}

/* Receives one batch. Returns how many datagrams, or negative errno. */
static int receive_batch(Datagram *d, uint64_t *size) {
        DatagramBatch *b = d->datagrams->batch;
        Intake *in = d->intake;
        Listener *l = d->origin->listener;
        const size_t control_size = datagram_source_control_size(d);
        int n;

        for (size_t i = 0; i < BATCH_MAX; i++) {
                b->headers[i].msg_hdr.msg_namelen = sizeof(b->names[i]);
                b->headers[i].msg_hdr.msg_controllen = control_size;
        }
        n = recvmmsg(d->origin->fd, b->headers, BATCH_MAX, MSG_DONTWAIT | MSG_TRUNC, NULL);
        if (n < 0)
                return -errno;
        if (n == 0)
                return 0;

        b->is_limited = pace_is_limited(d->datagrams->pace);
        b->has_source = false;
        b->each_differs = datagram_source_varies(d) || b->is_limited;
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

        if (_unlikely_(d->intake->full)) {
                set_polled(d, true); /* other sockets are served meanwhile */
                return 0;
        }
        for (unsigned round = 0; round < ROUNDS_MAX && !d->intake->full; round++) {
                int n = receive_batch(d, &size);

                /* An error is that of an earlier reply (ICMP); the socket still works. */
                n_added += n > 0 ? (unsigned)n : 0;
                if (n < BATCH_MAX)
                        break;
        }
        if (n_added > 0)
                datagram_queue_expect_drops(d->datagrams);
        set_polled(d, datagram_poll_note(&d->poll, n_added, d->datagrams->loop->now_usec, may));
        return n_added;
}

static void datagram_on_event(Source *source, uint32_t events _unused_) {
        (void)datagram_receive((Datagram *)source); /* the rest is reported again */
}

/*
 * The memory of the queue at first (more than its bytes) bounds what later datagrams can add. That of a
 * Unix socket is counted to the senders.
 */
bool datagram_drain(Datagram *d) {
        uint64_t size = 0, queued;
        unsigned rounds = UINT_MAX;

        if (d->drained)
                return true;
        queued = datagram_queue_size(d);
        if (transport_has_path(d->origin->at.protocol)) {
                queued = UINT64_MAX;
                if (d->origin->stored)
                        rounds = LOCAL_ROUNDS_MAX; /* the next sockd reads on */
                else
                        socket_end_input(d->origin->fd, &d->origin->at);
        }
        while (size < queued && rounds-- > 0) {
                int n;

                if (d->intake->full)
                        return false;

                n = receive_batch(d, &size);
                if (n == 0 || n == -EAGAIN)
                        break;
        }
        datagram_queue_note_drops(d);
        set_polled(d, false);
        loop_remove(d->datagrams->loop, d->origin->fd);
        d->drained = true;
        return true;
}

int datagram_new(Datagrams *all, ListenerSocket *origin, Datagram **ret) {
        _cleanup_free_ Datagram *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;

        d->source.on_event = datagram_on_event;
        d->datagrams = all;
        d->origin = origin;
        d->intake = all->intakes->items[origin->listener->config->route];
        d->any = address_is_any(&origin->at.address);
        r = datagram_source_set_up(d);
        if (r < 0)
                return r;

        datagram_queue_begin(d);
        r = loop_add(all->loop, d->origin->fd, EPOLLIN, &d->source);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(d);
        return 0;
}

void datagram_reconfigure(Datagram *d) {
        d->intake = d->datagrams->intakes->items[d->origin->listener->config->route];
        datagram_queue_look(d);
        set_polled(d, false);
}

Datagram *datagram_free(Datagram *d) {
        datagram_reply_forget_name(d);
        free(d);
        return NULL;
}
