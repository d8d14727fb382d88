/* SPDX-License-Identifier: MIT */
/* Holding back a stream whose messages have nowhere to go: it is not read until they have. */
#pragma once

#include "daemon/net/stream.h"

/* Why it is not read. */
typedef enum StreamHold {
        STREAM_HOLD_NONE,
        STREAM_HOLD_FAILING, /* an output fails, and there are no receipts to report that */
        STREAM_HOLD_ROOM,    /* there is no room for its messages, but for those of others */
        STREAM_HOLD_ROUTE,   /* receipts of its former route are pending */
} StreamHold;

/* Before it is read. Returns whether it is held back from now on. */
bool stream_hold_begin(Stream *s);
/* Ends it if the reason is gone. Returns whether it did. */
bool stream_hold_end(Stream *s);
/* It is read no more. */
void stream_hold_forget(Stream *s);
/*
 * Its listener may have another route. If receipts are pending, those of later messages could leave
 * first: it is held back until there are none.
 */
void stream_hold_follow(Stream *s);
