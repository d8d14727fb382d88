/* SPDX-License-Identifier: MIT */
/* The table. */

#include "core/transport.h"

#include "core/macro.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define REPLY "ok %i %l\n"
#define DATAGRAM_BUFFER (UINT64_C(8) << 20)

const Transport *transport_of(Protocol p) {
        static const Transport table[PROTOCOL_MAX_] = {
                [PROTOCOL_TCP] = { TRANSPORT_PORT, TRANSPORT_BYTES, SOCK_STREAM, REPLY, 0 },
                [PROTOCOL_UDP] = { TRANSPORT_PORT, TRANSPORT_DATAGRAMS, SOCK_DGRAM, "",
                                   DATAGRAM_BUFFER },
                [PROTOCOL_RAW] = { TRANSPORT_HOST, TRANSPORT_DATAGRAMS, SOCK_RAW, NULL,
                                   DATAGRAM_BUFFER },
                [PROTOCOL_UNIX_STREAM] = { TRANSPORT_PATH, TRANSPORT_BYTES, SOCK_STREAM, REPLY, 0 },
                [PROTOCOL_UNIX_DATAGRAM] = { TRANSPORT_PATH, TRANSPORT_DATAGRAMS, SOCK_DGRAM, "",
                                             0 },
                [PROTOCOL_UNIX_SEQPACKET] = { TRANSPORT_PATH, TRANSPORT_PACKETS, SOCK_SEQPACKET,
                                              REPLY, 0 },
                [PROTOCOL_VSOCK] = { TRANSPORT_CID, TRANSPORT_BYTES, SOCK_STREAM, REPLY, 0 },
        };

        return &table[p];
}

bool transport_may_come_from(Protocol p, int domain) {
        switch (transport_of(p)->place) {
        case TRANSPORT_PORT:
        case TRANSPORT_HOST:
                return domain == AF_INET || domain == AF_INET6;
        case TRANSPORT_PATH:
                return domain == AF_UNIX;
        case TRANSPORT_CID:
                return domain == AF_VSOCK;
        }
        return false;
}

/* Of an IP socket; it tells TCP from SCTP, and UDP from UDP-Lite. */
static bool is_usual(int domain, int type, int ip_protocol) {
        if (domain != AF_INET && domain != AF_INET6)
                return true;
        if (type == SOCK_STREAM)
                return ip_protocol == IPPROTO_TCP;
        return type != SOCK_DGRAM || ip_protocol == IPPROTO_UDP;
}

bool transport_find(int domain, int type, int ip_protocol, Protocol *ret) {
        for (Protocol p = 0; p < PROTOCOL_MAX_; p++) {
                const Transport *t = transport_of(p);

                if (t->type != type || !transport_may_come_from(p, domain) ||
                    !is_usual(domain, type, ip_protocol))
                        continue;
                *ret = p;
                return true;
        }
        return false;
}
