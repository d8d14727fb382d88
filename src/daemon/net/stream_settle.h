/* SPDX-License-Identifier: MIT */
/* What follows from the state of a stream: its next state, poll interest and timer. */
#pragma once

#include "daemon/net/stream.h"

/* What is to be done once a deadline has passed. */
typedef enum StreamDue {
        STREAM_DUE_NOTHING,
        STREAM_DUE_MESSAGE,     /* the partial message is one: message_timeout */
        STREAM_DUE_IDLE,        /* finish: idle_timeout */
        STREAM_DUE_NO_PROGRESS, /* abort: its receipts are not read */
        STREAM_DUE_LINGERED,    /* abort: the peer has had time to close */
} StreamDue;

typedef struct StreamWait {
        uint32_t interest;      /* EPOLLIN, EPOLLOUT or 0 */
        uint64_t deadline_usec; /* CLOCK_MONOTONIC; USEC_INFINITY: none */
        StreamDue due;
} StreamWait;

/* What it waits for now; changes nothing. */
StreamWait stream_settle_wait(const Stream *s);
/* After anything happened to it: nothing else changes interest and timer. */
void stream_settle(Stream *s);
