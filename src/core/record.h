/* SPDX-License-Identifier: MIT */
/*
 * A message as an output writes it: one text line, one JSON line, or one entry of the journal's
 * native protocol. What the messages of one read share (time, listener, addresses) is made into
 * text once, as a head.
 */
#pragma once

#include "core/address.h"
#include "core/frame.h"
#include "core/id.h"
#include "core/names.h"
#include "core/protocol.h"
#include <stddef.h>
#include <stdint.h>

#define RECORD_TIME_SIZE 27 /* 2026-11-22T10:34:00.123456Z */
#define RECORD_HEAD_MAX 1792
/* What a record holds beside its head and the escaped message: id, size, markers, field names. */
#define RECORD_EXTRA_MAX 256
/* Heads are copied in blocks of so many bytes, the last of which may reach behind the text. */
#define RECORD_BLOCK 32

/* One fixed id per kind of event, never to be changed: the journal catalog refers to them. */
#define RECORD_MESSAGE_ID "f4bd8b0f6a5e4d1cb1a3b4f7d2c86e19"

/* The wall clock as text. Zero is a valid start. */
typedef struct RecordTime {
        uint64_t usec;
        uint64_t second; /* the one the text shows */
        char text[RECORD_TIME_SIZE];
} RecordTime;

/* Cheap while the second stays the same. USEC: CLOCK_REALTIME. */
void record_time_set(RecordTime *t, uint64_t usec);

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

/* What the messages of a read share: who sent them and through what. The texts are borrowed. */
typedef struct RecordSource {
        const char *listener;
        Protocol protocol;
        Address peer;
        Address local;
        const char *peer_text; /* as address_format() prints it, without a port if it has none */
        size_t peer_text_size;
        const RecordVia *via;       /* NULL: none */
        const RecordPacket *packet; /* of a raw socket; else NULL */
        const char *security;       /* the security context of a local process; NULL: unknown */
        const struct SyslogHeader *syslog; /* set for each message; NULL: not wanted */
        RecordEnding ending;
} RecordSource;

typedef struct RecordHead {
        uint64_t cut_off; /* 1: the message is to be marked */
        const struct SyslogHeader *syslog;
        uint16_t size;  /* all of it */
        uint16_t split; /* json: the id goes between text[0..split) and text[split..size) */
        char text[RECORD_HEAD_MAX + RECORD_BLOCK];
} RecordHead;

void record_head(RecordHead *h, Format format, const RecordSource *source, const RecordTime *time);

/*
 * Bytes that record_write() will not exceed, or write to: a quick bound, which is so much and so
 * much for each byte of the message; and a closer one, to be used for large messages.
 */
size_t record_size_base(const RecordHead *h);
size_t record_size_per_byte(Format format, const RecordHead *h);
size_t record_size(Format format, const RecordHead *h, const Id *id, const Message *m);

/* Longest record that any message of MESSAGE_SIZE bytes can become. */
size_t record_size_limit(Format format, size_t message_size);

/*
 * Writes the record and returns its size. A text or JSON record ends in LF, a journal entry is
 * complete.
 */
size_t record_write(Format format, const RecordHead *h, const Id *id, const Message *m, char *dst);
