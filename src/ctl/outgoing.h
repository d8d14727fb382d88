/* SPDX-License-Identifier: MIT */
/*
 * Messages framed for a stream: read from an input piece by piece and collected, to be sent in large
 * parts.
 */
#pragma once

#include "core/names.h"
#include "ctl/connection.h"
#include "ctl/input.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTGOING_SIZE (64 * 1024)

typedef struct Segment {
        const char *data;
        size_t size;
} Segment;

/* All zero but for the first two is a valid start. */
typedef struct Outgoing {
        Input *input; /* borrowed */
        FrameSpec frame;
        uint64_t n_messages; /* framed whole */
        uint64_t n_bytes;    /* framed */
        bool in_message;     /* framed in part */
        bool last;           /* the segments hold the end of the message */
        Segment segments[3]; /* what is to be framed next: header, piece, terminator */
        char header[12];
        size_t begin, end; /* framed, not yet sent: buffer[begin..end) */
        char buffer[OUTGOING_SIZE];
} Outgoing;

typedef enum OutgoingResult {
        OUTGOING_FULL, /* the buffer is full */
        OUTGOING_HELD, /* n_messages is at the limit */
        OUTGOING_WAIT, /* call input_read() when the input is readable */
        OUTGOING_END,  /* all of the input, or with framing eof one message, is framed */
        OUTGOING_BAD,  /* see input_problem() */
} OutgoingResult;

/* What messages must satisfy to be sent with this framing. */
InputRules outgoing_rules(const FrameSpec *frame);

/* Frames what fits into the buffer, but only the first N_MAX messages. */
OutgoingResult outgoing_fill(Outgoing *o, uint64_t n_max);

/* Returns how many bytes the connection took, 0 when it is full, or negative errno. */
int outgoing_send(Outgoing *o, Connection *c);

static inline bool outgoing_is_empty(const Outgoing *o) {
        return o->begin == o->end;
}
