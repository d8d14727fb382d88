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

typedef struct TlsPeer TlsPeer;

/* For a new stream of a listener with tls. Returns 0, -ENOMEM, or -EDQUOT: limits.memory has no room. */
int stream_tls_new(Stream *s);
/* Its client is admitted: it shakes hands from now on. */
void stream_tls_begin(Stream *s);
/* It is closed. */
void stream_tls_free(Stream *s);

/* Reads once, while it is securing. */
void stream_tls_shake_hands(Stream *s);
/* N bytes of the socket have come while it is securing or reading: adds what they contain. */
void stream_tls_add(Stream *s, const char *p, size_t n);
/* Its backlog is gone: ends it if that has been waiting. */
void stream_tls_resume(Stream *s);
/* The hands were not shaken in time. */
void stream_tls_time_out(Stream *s);

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
