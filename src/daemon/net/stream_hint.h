/* SPDX-License-Identifier: MIT */
/* Tells the operator about a peer that uses another framing than its listener. Rate-limited. */
#pragma once

#include "daemon/net/stream.h"

/* For the first bytes of a stream, which are then received whatever they look like. */
void stream_hint_first_bytes(Stream *s, const char *data, size_t n);
/* DATA: from where a frame should begin; N = 0: the stream ended inside a frame. */
void stream_hint_bad_frame(Stream *s, const char *data, size_t n);
