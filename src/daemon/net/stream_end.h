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
/* It lingers: reads what still comes, and closes once the peer has. */
void stream_end_discard(Stream *s);

/*
 * An invalid frame: nothing after it can be trusted (RFC 6587). Finishes. DATA, N: as for
 * stream_hint_bad_frame().
 */
void stream_end_bad_frame(Stream *s, const char *data, size_t n);
/* Reading has failed (positive errno): closes at once. A reset is counted if there were receipts. */
void stream_end_lost(Stream *s, int error);
/*
 * Sending receipts has failed. -EDQUOT: they cannot be remembered, the stream gets no more. No
 * memory: aborts, as its peer may wait for them. Otherwise the peer is gone, but its last input may still be queued.
 */
void stream_end_sending(Stream *s, int error);
/* It is read and recorded, but gets no more receipts. WHY: "takes no receipts". */
void stream_end_answering(Stream *s, const char *why);
