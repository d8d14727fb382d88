/* SPDX-License-Identifier: MIT */
/* A receipt is never longer than its datagram, and comes from the address that was sent to. */

#include "daemon/net/datagram_reply.h"

#include "core/macro.h"
#include "core/receipt.h"
#include "core/transport.h"
#include "daemon/intake/intake.h"
#include "daemon/net/datagram_source.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/port_set.h"
#include <string.h>
#include <sys/socket.h>

#define BATCH_MAX 64
#define TEXT_SIZE (4 * RECEIPT_SIZE_MAX)
#define PORT_PRIVILEGED 1024

typedef union ReplyControl {
        struct cmsghdr align;
        char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
        char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} ReplyControl;

typedef struct ReplyBatch {
        struct mmsghdr headers[BATCH_MAX];
        struct iovec iov[BATCH_MAX];
        struct sockaddr_storage names[BATCH_MAX];
        ReplyControl control[BATCH_MAX];
        char text[TEXT_SIZE];
        size_t size; /* of the text used */
        unsigned n;
} ReplyBatch;

static bool begins_with(const char *data, size_t size, const char *word) {
        size_t n = strlen(word);

        return size >= n && memcmp(data, word, n) == 0;
}

/* Nobody forges the name of a local socket; it may be none, or our own. */
static bool has_name(const Datagram *d, const DatagramSource *from) {
        struct sockaddr_storage own;
        socklen_t size = endpoint_to_sockaddr(&d->origin->at, &own);

        if (from->name_size == 0) {
                counter_add(&d->origin->listener->stats.unanswerable, 1);
                return false;
        }
        return from->name_size < size || memcmp(&from->name, &own, size) != 0;
}

static bool has_port(const Datagram *d, const Address *peer) {
        return peer->port >= PORT_PRIVILEGED &&
               !port_set_has(d->datagrams->own_ports, peer->port) && !address_is_group(peer) &&
               !address_is_any(peer);
}

bool datagram_reply_is_allowed(const Datagram *d, const DatagramSource *from, const char *data,
                               size_t size) {
        if (begins_with(data, size, "ok ") || begins_with(data, size, "error "))
                return false;
        return transport_has_path(d->origin->at.protocol) ? has_name(d, from)
                                                          : has_port(d, &from->peer);
}

/* Most follow each other from the same socket. Returns a reference, or NULL: out of memory. */
static ReplyName *refer_to_name(Datagram *d, const DatagramSource *from) {
        ReplyName *last = d->last_name;

        if (last && last->size == from->name_size &&
            memcmp(&last->name, &from->name, last->size) == 0) {
                last->n_refs++;
                return last;
        }
        datagram_reply_forget_name(d);
        last = malloc(sizeof(*last));
        if (!last)
                return NULL;

        *last = (ReplyName){ 2, from->name_size, from->name };
        d->last_name = last;
        return last;
}

static void drop_name(ReplyName *n) {
        if (n && --n->n_refs == 0)
                free(n);
}

void datagram_reply_forget_name(Datagram *d) {
        drop_name(TAKE_PTR(d->last_name));
}

void datagram_reply_add(Datagram *d, const DatagramSource *from, size_t size, bool truncated,
                        const Id *id) {
        ReplyName *name = NULL;
        Reply *r;

        if (from->name_size > 0) {
                name = refer_to_name(d, from);
                if (!name)
                        return; /* as if it had been lost on its way */
        }
        r = intake_add_reply(d->intake);
        if (!r) {
                drop_name(name);
                return; /* as above */
        }

        d->addressee.n_pending++;
        *r = (Reply){
                .addressee = &d->addressee,
                .receipt = d->origin->listener->receipt,
                .name = name,
                .peer = from->peer,
                .local = from->answer_from,
                .size_max = (uint32_t)size,
                .truncated = truncated,
                .id = *id,
        };
}

/* Sets the source address. */
static void set_source(struct msghdr *mh, ReplyControl *control, const Address *local) {
        struct cmsghdr *c;

        if (address_is_any(local) || address_is_group(local))
                return;

        memset(control, 0, sizeof(*control));
        mh->msg_control = control;
        mh->msg_controllen = local->family == AF_INET ? sizeof(control->v4) : sizeof(control->v6);
        c = CMSG_FIRSTHDR(mh);
        if (local->family == AF_INET) {
                struct in_pktinfo info = { .ipi_spec_dst = local->v4 };

                c->cmsg_level = IPPROTO_IP;
                c->cmsg_type = IP_PKTINFO;
                c->cmsg_len = CMSG_LEN(sizeof(info));
                memcpy(CMSG_DATA(c), &info, sizeof(info));
        } else {
                struct in6_pktinfo info = { .ipi6_addr = local->v6,
                                            .ipi6_ifindex = local->scope_id };

                c->cmsg_level = IPPROTO_IPV6;
                c->cmsg_type = IPV6_PKTINFO;
                c->cmsg_len = CMSG_LEN(sizeof(info));
                memcpy(CMSG_DATA(c), &info, sizeof(info));
        }
}

static socklen_t put_name(const Reply *reply, struct sockaddr_storage *ret) {
        if (!reply->name)
                return address_to_sockaddr(&reply->peer, ret);

        memcpy(ret, &reply->name->name, reply->name->size);
        return reply->name->size;
}

static void add_to_batch(ReplyBatch *b, const Reply *reply, int error) {
        const Datagram *d = CONTAINER_OF(reply->addressee, Datagram, addressee);
        const char *word = error > 0 ? "error" : "ok";
        const unsigned i = b->n;
        char *text = b->text + b->size;
        const size_t room = TEXT_SIZE - b->size;
        Id id = reply->id;
        size_t size, n;

        /* Not even the word is as long as what it answers: no server answers it again. */
        if (reply->size_max <= strlen(word))
                return;

        size = error > 0 ? receipt_format_error(error, &id, 1, text, room, &n)
                         : receipt_format(reply->receipt, &id, 1, reply->truncated, text, room, &n);
        if (size > reply->size_max) {
                /* Part of an id would name another message. */
                size = strlen(word);
                memcpy(text, word, size);
        }
        b->iov[i] = (struct iovec){ text, size };
        b->headers[i] = (struct mmsghdr){ .msg_hdr = {
                                                  .msg_name = &b->names[i],
                                                  .msg_namelen = put_name(reply, &b->names[i]),
                                                  .msg_iov = &b->iov[i],
                                                  .msg_iovlen = 1,
                                          } };
        if (d->any)
                set_source(&b->headers[i].msg_hdr, &b->control[i], &reply->local);
        b->size += b->iov[i].iov_len;
        b->n++;
}

/* A reply that can't be sent is lost, as any datagram may be; the others are still sent. */
static void send_batch(const ListenerSocket *s, ReplyBatch *b, uint64_t latency_usec) {
        unsigned done = 0;

        histogram_add(&s->listener->stats.receipt_latency, latency_usec, b->n);
        while (done < b->n) {
                int n = sendmmsg(s->fd, b->headers + done, b->n - done,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n <= 0 && transport_has_path(s->at.protocol))
                        counter_add(&s->listener->stats.unanswerable,
                                    1); /* it reads none, or has gone */
                done += n > 0 ? (unsigned)n : 1;
        }
        b->n = 0;
        b->size = 0;
}

void datagram_reply_send(const Reply *replies, size_t n, int error, uint64_t latency_usec) {
        ReplyBatch b;

        b.n = 0;
        b.size = 0;
        for (size_t i = 0; i < n; i++) {
                add_to_batch(&b, &replies[i], error);
                replies[i].addressee->n_pending--;
                drop_name(replies[i].name);
                if (b.n == BATCH_MAX || b.size > TEXT_SIZE - RECEIPT_SIZE_MAX || i + 1 == n ||
                    replies[i + 1].addressee != replies[i].addressee)
                        send_batch(CONTAINER_OF(replies[i].addressee, Datagram, addressee)->origin,
                                   &b, latency_usec);
        }
}
