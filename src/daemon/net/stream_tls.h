/* SPDX-License-Identifier: MIT */
/*
 * A stream whose bytes are encrypted: between its socket and its messages and receipts lies a
 * TlsSession. It is in state securing until both sides have agreed, which costs so much that it has
 * its own turns (streams_shake_hands()).
 */
#pragma once

#include "daemon/net/stream.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct TlsContext TlsContext;
typedef struct TlsOps TlsOps;
typedef struct TlsPeer TlsPeer;
typedef struct TlsSession TlsSession;

struct StreamTls {
        const TlsOps *ops;
        TlsContext *context; /* of the listener as it was; a reference */
        TlsSession *session; /* NULL: nothing has arrived yet */
        size_t size;         /* counted in limits.memory */
        bool greets;         /* counted as greeting */
        bool is_open;        /* both have agreed */
        bool has_part;       /* of a record, which is counted, too */
        bool ended;          /* we have said that nothing follows */
        uint8_t state;       /* TlsState: ENDED or FAILED may have to wait for the backlog */
};

/* For a new stream of a listener with tls. Returns 0, -ENOMEM, or -EDQUOT: limits.memory has no room. */
int stream_tls_new(Stream *s);
/* Its client is admitted: it shakes hands from now on. */
void stream_tls_begin(Stream *s);
/* It does not any more; also if it does not. */
void stream_tls_end_greeting(Stream *s);
/* Whether it holds a part of a record, which takes more memory. */
void stream_tls_count_part(Stream *s, bool has_part);
/* It is closed. */
void stream_tls_free(Stream *s);
/* The worker's room for TLS_OUT_MAX bytes to be sent. */
char *stream_tls_out(const Streams *a);

/* N bytes of TLS for the socket; what it does not take is kept. Returns 0 or negative errno. */
int stream_tls_transmit(Stream *s, const char *p, size_t n);
/* As send(2); but takes all of TEXT, TLS_RECORD_MAX bytes at most, or nothing. */
ssize_t stream_tls_send(Stream *s, const char *text, size_t size);
/* Sends what the socket has not taken. Returns 1 if all is sent, 0 if it is full, or negative errno. */
int stream_tls_send_unsent(Stream *s);
/* Tells the other side that nothing follows. Returns whether all is in the socket. */
bool stream_tls_end(Stream *s);
/* Whether the other side has said that nothing follows. Also without tls: then its end is one. */
bool stream_tls_is_whole(const Stream *s);

/* NULL: without tls, or not agreed yet. */
const TlsPeer *stream_tls_peer(const Stream *s);
