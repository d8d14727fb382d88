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

/* Bytes of a delimiter, and of what begins a message. */
#define FRAME_TEXT_MAX 8

typedef struct Message {
        const char *data;   /* valid until the next call for the same frame */
        size_t size;        /* bytes kept: at most message_size */
        uint64_t true_size; /* bytes sent, terminator not counted; > size: the message was cut */
} Message;

typedef enum FrameResult {
        FRAME_MORE,      /* all input is used up */
        FRAME_MESSAGE,   /* *ret is set; call again for the rest of the input */
        FRAME_CUT_OFF,   /* *ret is set, the beginning of a message: its end never came */
        FRAME_ERROR,     /* not a frame, or its header only: the stream cannot be in step again */
        FRAME_NO_MEMORY, /* the partial message could not be kept */
} FrameResult;

/* How the input ended, from what may be its end to what cannot be. */
typedef enum FrameEnd {
        FRAME_END_SILENCE,
        FRAME_END_ORDERLY, /* the peer has closed its side */
        FRAME_END_RESET,
} FrameEnd;

/* All zero but for the framing is valid for framings without parameters. */
typedef struct FrameSpec {
        uint8_t framing;                    /* Framing */
        uint8_t delimiter_size, start_size; /* delimiter: from 1, from 0 */
        uint8_t length_size;                /* length: 1, 2 or 4 bytes … */
        uint8_t length_order;               /* … in this ByteOrder */
        char delimiter[FRAME_TEXT_MAX], start[FRAME_TEXT_MAX];
} FrameSpec;

typedef struct FramePartial FramePartial;

/* Embedded in the stream that owns it. */
typedef struct Frame {
        FramePartial *partial; /* owned */
        uint64_t size;         /* bytes of the current message so far, kept or not */
        uint32_t count;        /* counted frames: the bytes that the header announces */
        uint32_t skipped;      /* delimiter: bytes before a start; the caller sets it to 0 */
        uint8_t digits;        /* counted frames: bytes of the header seen so far */
        uint8_t matched;       /* delimiter: its bytes, or those of a start, seen so far */
        bool spaced;           /* syslog: the header has its space */
        bool in_payload;       /* the header, or the start, is complete */
        bool after_counted;    /* syslog: what ended last was a counted frame */
        bool nul_ends;         /* syslog: its first line ended in NUL, so others may */
        bool separated;        /* the peer has sent its separator at least once */
        bool handed_out; /* the partial message was returned as one; it is freed at the next call */
        char tail[2];    /* the last two bytes of the current message so far */
        FrameSpec spec;
} Frame;

void frame_init(Frame *f, const FrameSpec *spec);
/* Forgets what has come of a message; it can be used again. */
void frame_reset(Frame *f);

/*
 * Takes the next message out of *DATA up to END and moves *DATA past what was used. SIZE_MAX:
 * limits.message_size; a message keeps the one it began with. Never FRAME_CUT_OFF.
 */
FrameResult frame_next(Frame *f, size_t size_max, const char **data, const char *end, Message *ret);

/* The peer will send no more, or is silent: what is there is a message, or the beginning of one. */
FrameResult frame_end(Frame *f, FrameEnd end, Message *ret);

/*
 * The framing that the first bytes of a stream fit, if they do not fit FRAMING: a count before
 * "<" (RFC 6587 section 3.4.1), or an end in NUL without any LF. False: nothing is certain.
 */
bool frame_suggest(Framing framing, const char *data, size_t n, Framing *ret);

/* Whether N bytes begin with the header of a counted syslog message, and "<". */
bool frame_is_counted(const char *data, size_t n);

/* Nothing of a message has come yet. */
static inline bool frame_is_at_start(const Frame *f) {
        return f->size == 0 && f->digits == 0 && !f->in_payload;
}
/* A partial message that message_timeout may end: the first one, if a separator is to end it. */
bool frame_may_time_out(const Frame *f);
/* Bytes of heap memory that the partial message holds. */
size_t frame_memory(const Frame *f);

/* A datagram or packet: the LF, CRLF or NUL at its end is dropped, and it is cut at SIZE_MAX. */
void frame_whole(Message *m, size_t size_max);
