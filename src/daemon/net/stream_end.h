/* SPDX-License-Identifier: MIT */
/* How streams end. The caller settles the stream afterwards (stream_settle.h). */
#pragma once

#include "daemon/net/stream.h"

/* "reading", … */
const char *stream_end_state_text(StreamState state);
/* REASON: words for the log. */
void stream_end_set_state(Stream *s, StreamState state, const char *reason);

/* No more input; receipts that are under way still leave. Nothing happens unless it is reading. */
void stream_end_finish(Stream *s, const char *reason);
/* Closes at once. */
void stream_end_abort(Stream *s, const char *reason);

/* A frame that is none: nothing after it can be trusted (RFC 6587). Finishes. */
void stream_end_bad_frame(Stream *s);
/*
 * The sending of receipts failed with ERROR (negative errno). -EDQUOT, no memory: a peer must not wait
 * for receipts that nobody remembers, so this aborts. Else the peer is gone, but what it sent before
 * may still be in the socket's queue.
 */
void stream_end_sending(Stream *s, int error);
