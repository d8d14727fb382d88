/* SPDX-License-Identifier: MIT */
/* What the messages of one read share, as records tell it: who sent them, and through what. */
#pragma once

#include "core/address.h"
#include "core/protocol.h"
#include "core/tls_peer.h"
#include <stddef.h>
#include <stdint.h>

/*
 * The peer of a text record: its address as address_format() prints it, without a port if it has
 * none, behind NAME@ if its certificate has a name. A name has none of the bytes "[" and "%".
 */
#define RECORD_PEER_TEXT_MAX (TLS_PEER_NAME_MAX + 1 + ADDRESS_TEXT_MAX)

/* The proxy that forwards them, and what it said. The texts are borrowed; "": nothing. */
typedef struct RecordVia {
        Address address;
        const char *id, *tls, *name; /* as proxy.h has them */
} RecordVia;

/* What a packet says beside its addresses: ip(7), ipv6(7). */
typedef struct RecordPacket {
        uint8_t ip_protocol;
        uint8_t ttl; /* or hop limit */
        uint8_t tos; /* or traffic class */
        uint8_t options_size;
        const uint8_t *options; /* of IPv4; borrowed */
} RecordPacket;
#define RECORD_OPTIONS_MAX 40 /* by the length of the header */

/* What ended a message. */
typedef enum RecordEnding {
        RECORD_WHOLE,
        RECORD_TIMED_OUT, /* silence: what follows may belong to it */
        RECORD_CUT_OFF,   /* its end never came */
} RecordEnding;

/* The texts are borrowed. */
typedef struct RecordSource {
        const char *listener;
        Protocol protocol;
        Address peer;
        Address local;
        const char *peer_text; /* RECORD_PEER_TEXT_MAX says what */
        size_t peer_text_size;
        const TlsPeer *tls;         /* NULL: plain */
        const RecordVia *via;       /* NULL: none */
        const RecordPacket *packet; /* of a raw socket; else NULL */
        const char *security;       /* the security context of a local process; NULL: unknown */
        const struct SyslogHeader *syslog; /* set for each message; NULL: not wanted */
        RecordEnding ending;
} RecordSource;
