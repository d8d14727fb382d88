/* SPDX-License-Identifier: MIT */
/* RFC 791, section 3.1; raw(7). Nothing in a header is trusted but what the kernel has checked. */

#include "daemon/net/datagram_packet.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/net/datagram.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>

#define HEADER_WORD 4

/* Takes the header off unless the listener records whole packets. */
static DatagramVerdict read_v4(const ConfigListener *c, DatagramSource *s, Message *m,
                               const char **ret_payload) {
        struct iphdr h;
        size_t size;

        if (m->size < sizeof(h))
                return DATAGRAM_BAD;
        memcpy(&h, m->data, sizeof(h));
        size = (size_t)h.ihl * HEADER_WORD;
        if (size < sizeof(h) || size > m->size)
                return DATAGRAM_BAD;

        s->local.v4.s_addr = h.daddr;
        s->packet.ttl = h.ttl;
        s->packet.tos = h.tos;
        s->packet.options_size = (uint8_t)(size - sizeof(h));
        memcpy(s->options, m->data + sizeof(h), s->packet.options_size);
        *ret_payload = m->data + size;
        if (c->packet == PACKET_WHOLE)
                return DATAGRAM_GOOD;
        m->data += size;
        m->size -= size;
        m->true_size -= size;
        return DATAGRAM_GOOD;
}

static uint8_t number_of(const struct cmsghdr *c) {
        int v;

        memcpy(&v, CMSG_DATA(c), sizeof(v));
        return (uint8_t)v;
}

static void read_v6(struct msghdr *mh, DatagramSource *s) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                if (c->cmsg_level != IPPROTO_IPV6)
                        continue;
                if (c->cmsg_type == IPV6_HOPLIMIT)
                        s->packet.ttl = number_of(c);
                else if (c->cmsg_type == IPV6_TCLASS)
                        s->packet.tos = number_of(c);
                else if (c->cmsg_type == IPV6_PKTINFO) {
                        struct in6_pktinfo info;

                        memcpy(&info, CMSG_DATA(c), sizeof(info));
                        s->local.v6 = info.ipi6_addr;
                        s->local.scope_id = address_has_scope(&s->local) ? info.ipi6_ifindex : 0;
                }
        }
}

/* The filter of the kernel does not know all types of ICMP. */
static bool is_wanted(const ConfigListener *c, const char *payload, const char *end) {
        return config_octets_is_empty(&c->icmp_types) ||
               (payload < end && config_octets_has(&c->icmp_types, (uint8_t)*payload));
}

DatagramVerdict datagram_packet_read(const Datagram *d, struct msghdr *mh, DatagramSource *s,
                                     Message *m) {
        const ConfigListener *c = d->origin->listener->config;
        const char *payload = m->data, *end = m->data + m->size;

        s->peer.port = 0; /* the kernel tells the protocol here, or nothing */
        s->packet.ip_protocol = d->origin->at.ip_protocol;
        if (s->peer.family == AF_INET6)
                read_v6(mh, s);
        else if (read_v4(c, s, m, &payload) == DATAGRAM_BAD)
                return DATAGRAM_BAD;
        return is_wanted(c, payload, end) ? DATAGRAM_GOOD : DATAGRAM_UNWANTED;
}
