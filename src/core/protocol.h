/* SPDX-License-Identifier: MIT */
/* The kinds of sockets that listeners have, as users spell them; transport.h says what they are. */
#pragma once

#include <stdbool.h>

typedef enum Protocol {
        PROTOCOL_TCP,
        PROTOCOL_UDP,
        PROTOCOL_RAW,
        PROTOCOL_UNIX_STREAM,
        PROTOCOL_UNIX_DATAGRAM,
        PROTOCOL_UNIX_SEQPACKET,
        PROTOCOL_VSOCK,
        PROTOCOL_MAX_,
} Protocol;

/* What of a packet a raw listener records. */
typedef enum Packet {
        PACKET_PAYLOAD, /* what follows the IP header */
        PACKET_WHOLE,   /* all of it, as the kernel hands it over */
        PACKET_MAX_,
} Packet;

/* False for a protocol that is not set. */
static inline bool protocol_is_known(Protocol p) {
        return p < PROTOCOL_MAX_;
}

static inline const char *protocol_text(Protocol p) {
        static const char *const table[PROTOCOL_MAX_] = {
                "tcp", "udp", "raw", "unix-stream", "unix-datagram", "unix-seqpacket", "vsock"
        };
        return table[p];
}

static inline const char *packet_text(Packet p) {
        static const char *const table[PACKET_MAX_] = { "payload", "whole" };
        return table[p];
}
