/* SPDX-License-Identifier: MIT */
/* Of UDP (ip(7), ipv6(7)), and of Unix sockets (unix(7)). */

#include "daemon/net/datagram_source.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/net/credentials.h"
#include "daemon/net/datagram.h"
#include "daemon/net/datagram_packet.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include <errno.h>
#include <string.h>

static Protocol protocol_of(const Datagram *d) {
        return d->origin->at.protocol;
}

int datagram_source_set_up(const Datagram *d) {
        const int on = 1, off = 0, fd = d->origin->fd;

        if (transport_has_path(protocol_of(d)))
                return 0;
        /* A socket that was passed may have it: no receipt may reach all hosts of a network. */
        if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &off, sizeof(off)) < 0)
                return -errno;
        if (d->any &&
            (d->origin->at.address.family == AF_INET
                     ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on))
                     : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on))) < 0)
                return -errno;
        return 0;
}

bool datagram_source_varies(const Datagram *d) {
        return d->any || !transport_has_groups(protocol_of(d));
}

size_t datagram_source_control_size(const Datagram *d) {
        if (transport_has_path(protocol_of(d)))
                return CMSG_SPACE(
                        sizeof(struct ucred)); /* no room for descriptors: they are closed */
        return datagram_source_varies(d) ? DATAGRAM_CONTROL_SIZE : 0;
}

/* The destination, if the socket is bound to all addresses. */
static void read_destination(struct msghdr *mh, DatagramSource *s) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                        struct in_pktinfo info;

                        memcpy(&info, CMSG_DATA(c), sizeof(info));
                        s->local.v4 = info.ipi_addr;
                        s->answer_from.v4 = info.ipi_spec_dst;
                } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                        struct in6_pktinfo info;

                        memcpy(&info, CMSG_DATA(c), sizeof(info));
                        s->local.v6 = s->answer_from.v6 = info.ipi6_addr;
                        if (address_has_scope(&s->local))
                                s->local.scope_id = s->answer_from.scope_id = info.ipi6_ifindex;
                }
        }
}

/* The kernel vouches for it. */
static void read_process(struct msghdr *mh, DatagramSource *s) {
        struct ucred c = { .uid = ADDRESS_ID_UNKNOWN, .gid = ADDRESS_ID_UNKNOWN };

        for (struct cmsghdr *h = CMSG_FIRSTHDR(mh); h; h = CMSG_NXTHDR(mh, h))
                if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS)
                        memcpy(&c, CMSG_DATA(h), sizeof(c));
        s->peer = credentials_address(&c);

        /* A socket without a name can be answered by nobody. */
        if (mh->msg_namelen <= sizeof(sa_family_t) || mh->msg_namelen > sizeof(s->name))
                return;
        s->name_size = mh->msg_namelen;
        memcpy(&s->name, mh->msg_name, mh->msg_namelen);
}

DatagramVerdict datagram_source_read(const Datagram *d, struct msghdr *mh, DatagramSource *ret,
                                     Message *m) {
        memset(ret, 0, sizeof(*ret)); /* sources are compared as bytes */
        if (transport_has_path(protocol_of(d))) {
                read_process(mh, ret);
                return DATAGRAM_GOOD;
        }

        if (address_from_sockaddr(mh->msg_name, &ret->peer) < 0)
                return DATAGRAM_UNWANTED; /* not a family we listen on */
        ret->local = ret->answer_from = d->origin->at.address;
        if (transport_has_packets(protocol_of(d)))
                return datagram_packet_read(d, mh, ret, m);
        if (d->any)
                read_destination(mh, ret);
        return DATAGRAM_GOOD;
}
