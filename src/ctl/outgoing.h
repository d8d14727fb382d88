/* SPDX-License-Identifier: MIT */
/*
 * Framed messages on their way into a stream: taken out of an input piece by piece, sent in large
 * parts.
 */
#pragma once

#include "core/names.h"
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
        Framing framing;
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
        OUTGOING_WAIT, /* use input_read() when the input is readable */
        OUTGOING_END,  /* all of the input, or with framing eof one message, is framed */
        OUTGOING_BAD,  /* input_problem() tells */
} OutgoingResult;

/* What INPUT has to keep to for messages of this framing. */
InputRules outgoing_rules(Framing framing);

/* Frames as much as fits, and no message beyond the first N_MAX. */
OutgoingResult outgoing_fill(Outgoing *o, uint64_t n_max);

/* Returns how many bytes the socket took, 0 when it is full, or negative errno. */
int outgoing_send(Outgoing *o, int fd);

static inline bool outgoing_is_empty(const Outgoing *o) {
        return o->begin == o->end;
}
