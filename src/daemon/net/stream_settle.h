/* SPDX-License-Identifier: MIT */
/* Derives from the state of a stream its next state, poll interest and timer. */
#pragma once

#include "daemon/net/stream.h"

/* What to do once a deadline has passed. */
typedef enum StreamDue {
        STREAM_DUE_NOTHING,
        STREAM_DUE_OPENING,  /* abort: no header in time */
        STREAM_DUE_SECURING, /* abort: no handshake in time */
        STREAM_DUE_MESSAGE,  /* message_timeout: the partial message is complete */
        STREAM_DUE_IDLE,     /* idle_timeout: finish */
        STREAM_DUE_DRAIN,    /* its listening socket leaves */
        STREAM_DUE_PACE,     /* it has been held back long enough */
        STREAM_DUE_LOOK,     /* whether the peer takes receipts */
        STREAM_DUE_LINGERED, /* abort: the peer had time to close */
} StreamDue;

typedef struct StreamWait {
        uint32_t interest;      /* EPOLLIN, EPOLLOUT or 0 */
        uint64_t deadline_usec; /* CLOCK_MONOTONIC; USEC_INFINITY: none */
        StreamDue due;
} StreamWait;

/* What it waits for now. Changes nothing. */
StreamWait stream_settle_wait(const Stream *s);
/* The peer is gone. If S is not read for now, what it has sent is read later, as slowly as before. */
void stream_settle_hang_up(Stream *s);
/* To be called after every event: nothing else changes interest and timer. */
void stream_settle(Stream *s);
