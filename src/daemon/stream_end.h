/* SPDX-License-Identifier: MIT */
/* How streams end. */
#pragma once

#include "daemon/stream.h"

/* No more input; receipts that are under way still leave. REASON: words for the log. */
void stream_end_finish(Stream *s, const char *reason);
/* Closes at once. */
void stream_end_abort(Stream *s, const char *reason);
const char *stream_end_state_text(StreamState state);
void stream_end_set_state(Stream *s, StreamState state, const char *reason);

/* An octet count that lies: nothing after it can be trusted (RFC 6587). */
void stream_end_bad_frame(Stream *s);
/* Receipts that are not taken hold more memory than they may: this one would add to them. */
void stream_end_unsent(Stream *s);
/* Rests hold more memory than they may: the one with the oldest has to go. */
void stream_end_oldest_rest(Worker *w);
