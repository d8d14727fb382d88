/* SPDX-License-Identifier: MIT */
/*
 * How the bytes of a stream become messages. Input is looked at where it lies; only a partial
 * message is copied, into memory that exists only while there is one. Cutting the input at any byte
 * gives the same messages.
 */
#pragma once

#include "core/names.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Message {
        const char *data;   /* valid until the next call for the same frame */
        size_t size;        /* bytes kept: at most message_size */
        uint64_t true_size; /* bytes sent, terminator not counted; > size: the message was cut */
} Message;

typedef enum FrameResult {
        FRAME_MORE,      /* all input is used up */
        FRAME_MESSAGE,   /* *ret is set; call again for the rest of the input */
        FRAME_ERROR,     /* octet-counted only: not a frame, the stream cannot be in step again */
        FRAME_NO_MEMORY, /* the partial message could not be kept */
} FrameResult;

typedef struct FramePartial FramePartial;

/* Embedded in the stream that owns it. */
typedef struct Frame {
        FramePartial *partial; /* owned */
        uint64_t size;         /* bytes of the current message so far, kept or not */
        uint32_t count;        /* octet-counted: bytes the frame header announced */
        uint8_t digits;        /* octet-counted: digits of the header seen so far */
        uint8_t framing;       /* Framing */
        bool in_payload;       /* octet-counted: the header is complete */
        bool separated;        /* the peer has sent its separator at least once */
        bool ends_in_cr;       /* line: the last byte seen was a CR */
        bool handed_out; /* the partial message was returned as one; it is freed at the next call */
} Frame;

void frame_init(Frame *f, Framing framing);
void frame_done(Frame *f);

/*
 * Takes the next message out of *DATA up to END and moves *DATA past what was used. SIZE_MAX:
 * limits.message_size; a message keeps the one it began with.
 */
FrameResult frame_next(Frame *f, size_t size_max, const char **data, const char *end, Message *ret);

/*
 * The peer will send no more, or is silent: what is there is a message (octet-counted: an error).
 */
FrameResult frame_end(Frame *f, Message *ret);

/*
 * The framing that the first bytes of a stream fit, if they do not fit FRAMING: a count before
 * "<" (RFC 6587 section 3.4.1), or an end in NUL without any LF. False: nothing is certain.
 */
bool frame_suggest(Framing framing, const char *data, size_t n, Framing *ret);

/* Nothing of a message has come yet. */
static inline bool frame_is_at_start(const Frame *f) {
        return f->size == 0 && f->digits == 0;
}
/* A partial message that message_timeout may end. */
static inline bool frame_has_partial(const Frame *f) {
        return f->size > 0 && !f->handed_out;
}
static inline bool frame_may_time_out(const Frame *f) {
        return frame_has_partial(f) && !f->separated &&
               (f->framing == FRAMING_LINE || f->framing == FRAMING_NUL);
}
/* Bytes of heap memory that the partial message holds. */
size_t frame_memory(const Frame *f);
