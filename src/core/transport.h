/* SPDX-License-Identifier: MIT */
/*
 * What the kinds of sockets differ in, a row for each protocol. Everything else asks for one of these
 * properties, never which protocol it is.
 */
#pragma once

#include "core/protocol.h"
#include <stdbool.h>
#include <stdint.h>

/* What a socket is bound to. */
typedef enum TransportPlace {
        TRANSPORT_PORT, /* an address and a port: tcp(7), udp(7) */
        TRANSPORT_HOST, /* an address and an IP protocol: raw(7) */
        TRANSPORT_PATH, /* a path, or "@NAME" in the abstract namespace: unix(7) */
        TRANSPORT_CID,  /* a context ID and a port: vsock(7) */
} TransportPlace;

/* What becomes a message. */
typedef enum TransportUnit {
        TRANSPORT_BYTES,     /* what the framing of a connection says */
        TRANSPORT_PACKETS,   /* each packet of a connection */
        TRANSPORT_DATAGRAMS, /* each datagram, without a connection */
} TransportUnit;

typedef struct Transport {
        TransportPlace place;
        TransportUnit unit;
        int type;                /* of socket(2) */
        const char *reply;       /* the default template of receipts; NULL: there are none */
        uint64_t receive_buffer; /* the default, in bytes; 0: the kernel's */
} Transport;

const Transport *transport_of(Protocol p);

/* Whether its peers have addresses of this family. */
bool transport_may_come_from(Protocol p, int domain);

/*
 * The protocol of a socket with these properties, as getsockopt(2) tells SO_DOMAIN, SO_TYPE and
 * SO_PROTOCOL. Returns whether there is one.
 */
bool transport_find(int domain, int type, int ip_protocol, Protocol *ret);

static inline bool transport_has_framing(Protocol p) {
        return transport_of(p)->unit == TRANSPORT_BYTES;
}

static inline bool transport_has_connections(Protocol p) {
        return transport_of(p)->unit != TRANSPORT_DATAGRAMS;
}

static inline bool transport_has_path(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PATH;
}

static inline bool transport_has_cid(Protocol p) {
        return transport_of(p)->place == TRANSPORT_CID;
}

/* Messages are what IP carries. */
static inline bool transport_has_packets(Protocol p) {
        return transport_of(p)->place == TRANSPORT_HOST;
}

/* It may join multicast groups. */
static inline bool transport_has_groups(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PORT && !transport_has_connections(p);
}

/* A proxy may forward its connections. */
static inline bool transport_has_proxies(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PORT && transport_has_connections(p);
}

/* Its connections may be encrypted. */
static inline bool transport_has_tls(Protocol p) {
        return transport_has_proxies(p);
}

/* Both ends have a port. */
static inline bool transport_has_ports(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PORT || transport_of(p)->place == TRANSPORT_CID;
}

/* It is bound to an IP address. */
static inline bool transport_has_address(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PORT || transport_of(p)->place == TRANSPORT_HOST;
}

static inline bool transport_has_receipts(Protocol p) {
        return transport_of(p)->reply;
}
