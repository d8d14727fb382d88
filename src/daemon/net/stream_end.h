/* SPDX-License-Identifier: MIT */
/* Finishing and closing. The caller settles the stream afterwards (stream_settle.h). */
#pragma once

#include "daemon/net/stream.h"

/* "reading", … */
const char *stream_end_state_text(StreamState state);

/* Ends the input of a reading stream; pending receipts are still sent. REASON: for the log. */
void stream_end_finish(Stream *s, const char *reason);
/* Closes at once. REASON: for the log; NULL: it has finished. */
void stream_end_abort(Stream *s, const char *reason);

/*
 * An invalid frame: nothing after it can be trusted (RFC 6587). Finishes. DATA, N: as for
 * stream_hint_bad_frame().
 */
void stream_end_bad_frame(Stream *s, const char *data, size_t n);
/*
 * Sending receipts has failed. -EDQUOT, no memory: the receipts cannot be remembered, so aborts.
 * Otherwise the peer is gone, but its last input may still be queued.
 */
void stream_end_sending(Stream *s, int error);
