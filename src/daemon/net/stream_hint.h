/* SPDX-License-Identifier: MIT */
/* Tells the operator about a peer that sends something else than its listener wants. Rate-limited. */
#pragma once

#include "daemon/net/stream.h"

/* For the first bytes of a stream, which are then received whatever they look like. */
void stream_hint_first_bytes(Stream *s, const char *data, size_t n);
/* DATA: what came instead of a header; N = 0: nothing in time. REASON: what is wrong with it. */
void stream_hint_no_header(Stream *s, const char *data, size_t n);
void stream_hint_bad_header(Stream *s, const char *reason);
/* DATA: from where a frame should begin; N = 0: the stream ended inside a frame. */
void stream_hint_bad_frame(Stream *s, const char *data, size_t n);
void stream_hint_cut_off(Stream *s);
/* WHY: what was wrong with its TLS, about the peer: "sent no certificate". */
void stream_hint_handshake(Stream *s, const char *why);
