/* SPDX-License-Identifier: MIT */
/* What comes in over TLS: the handshake, messages, and the ways in which both end. */
#pragma once

#include "daemon/net/stream.h"

/* Reads once, while it is securing. */
void stream_tls_read_shake_hands(Stream *s);
/* N bytes of the socket have come while it is securing or reading: adds what they contain. */
void stream_tls_read_add(Stream *s, const char *p, size_t n);
/* Its backlog is gone: ends it if that has been waiting. Also without tls. */
void stream_tls_read_resume(Stream *s);
/* The hands were not shaken in time. */
void stream_tls_read_time_out(Stream *s);
