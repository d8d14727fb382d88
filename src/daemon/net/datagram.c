/* SPDX-License-Identifier: MIT */
/* Receiving datagrams, many per system call. Replies are in datagram_reply.c. */

#include "daemon/net/datagram.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/intake/intake.h"
#include "daemon/net/datagram_reply.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
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

struct DatagramBatch {
        struct mmsghdr headers[BATCH_MAX];
        struct iovec iov[BATCH_MAX];
        struct sockaddr_storage names[BATCH_MAX];
        _Alignas(struct cmsghdr) char control[BATCH_MAX][CONTROL_SIZE];
        Peer news;                        /* of the peer of the last datagrams: not reported yet */
        char slots[BATCH_MAX][SLOT_SIZE]; /* pages are allocated on first use */
};

DatagramBatch *datagram_batch_new(void) {
        DatagramBatch *b = malloc(sizeof(*b));

        if (!b)
                return NULL;

        b->news = (Peer){ 0 };
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
                        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
                                origin->local.scope_id = origin->answer_from.scope_id =
                                        info.ipi6_ifindex;
                }
        }
}

/* Strips one trailing LF or CRLF. TRUE_SIZE may exceed what was received. */
static Message make_message(const char *data, size_t true_size, size_t size_max) {
        size_t n = true_size;

        if (n > 0 && n <= SLOT_SIZE && data[n - 1] == '\n') {
                n--;
                if (n > 0 && data[n - 1] == '\r')
                        n--;
        }
        size_max = MIN(size_max, (size_t)SLOT_SIZE);
        return (Message){ .data = data, .size = MIN(n, size_max), .true_size = n };
}

/* Datagrams often come in bursts from one peer: the record head can be reused. */
static bool is_same_source(const Datagram *d, const DatagramBatch *b, unsigned i) {
        return i > 0 && !d->any &&
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

static void take_datagram(Datagram *d, DatagramBatch *b, unsigned i) {
        Datagrams *all = d->datagrams;
        struct mmsghdr *h = &b->headers[i];
        DatagramOrigin origin = { .local = d->origin->local, .answer_from = d->origin->local };
        char text[ADDRESS_TEXT_MAX];
        Id id;
        RecordSource source = { .listener = d->origin->listener->config->name,
                                .protocol = PROTOCOL_UDP };
        Message m = make_message(b->slots[i], h->msg_len, all->message_size);

        if (address_from_sockaddr((const struct sockaddr *)&b->names[i], &source.peer) < 0)
                return; /* not a family we listen on */

        if (!is_same_source(d, b, i)) {
                if (d->any)
                        read_control(&h->msg_hdr, &origin);
                source.local = origin.local;
                source.peer_text = text;
                source.peer_text_size = address_format(&source.peer, text);
                if (!address_same_host(&b->news.address, &source.peer)) {
                        report_peer(all);
                        b->news.address = source.peer;
                }
                intake_change_source(all->intake, &source);
        }
        id = all->intake->id;
        intake_add(all->intake, &m);
        b->news.received++;
        b->news.bytes += m.true_size;

        if (d->origin->listener->receipt && datagram_reply_is_allowed(d, &source.peer, &m))
                datagram_reply_add(d, &source.peer, &origin, h->msg_len, m.true_size > m.size, &id);
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

        intake_begin(in, l->config->acknowledge, &l->stats, NULL, NULL);
        for (unsigned i = 0; i < (unsigned)n; i++) {
                take_datagram(d, b, i);
                *size += b->headers[i].msg_len + 1;
        }
        (void)intake_end(in); /* datagrams don't depend on each other */
        report_peer(d->datagrams);
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
        const int on = 1;
        int r;

        if (!d)
                return -ENOMEM;

        d->source.on_event = datagram_on_event;
        d->datagrams = all;
        d->origin = origin;
        d->any = address_is_any(&origin->local);
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
