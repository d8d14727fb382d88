/* SPDX-License-Identifier: MIT */
/* Framing of messages, in the direction that core/frame.h takes apart. */

#include "ctl/outgoing.h"

#include "core/macro.h"
#include <string.h>

/* A counted frame is buffered whole, as its size comes first; sockd keeps no longer message anyway. */
#define COUNTED_MAX ((size_t)16 * 1024 * 1024)

/* The receiver looks for the first delimiter: it must not find one before ours. */
static const char *delimiter_problem(const FrameSpec *f, const char *data, size_t n) {
        char seam[2 * FRAME_TEXT_MAX];
        size_t k = MIN(n, (size_t)f->delimiter_size - 1);

        memcpy(seam, data + n - k, k);
        memcpy(seam + k, f->delimiter, f->delimiter_size);
        if (memmem(data, n, f->delimiter, f->delimiter_size) ||
            memmem(seam, k + f->delimiter_size - 1, f->delimiter, f->delimiter_size))
                return "contains the delimiter, which would end it";
        return NULL;
}

/* RFC 6587 has no count of 0. */
static const char *counted_problem(const FrameSpec *f _unused_, const char *data _unused_,
                                   size_t n) {
        return n == 0 ? "is empty, which has no octet count" : NULL;
}

/*
 * Only what a line cannot hold is counted: behind a count, the receiver skips an empty line and what
 * else may end a frame.
 */
static bool is_syslog_counted(const char *data, size_t n) {
        return n > 0 && data[0] == '<' && memchr(data, '\n', n);
}

/* What does not begin as syslog does can only be a line. */
static const char *syslog_problem(const FrameSpec *f _unused_, const char *data, size_t n) {
        if (is_syslog_counted(data, n))
                return NULL;
        if (memchr(data, '\n', n))
                return "contains a line feed, which would end it";

        return frame_is_counted(data, n) ? "begins as a counted frame does" : NULL;
}

InputRules outgoing_rules(const FrameSpec *frame) {
        InputRules rules = { .forbidden = -1, .frame = *frame };

        switch ((Framing)frame->framing) {
        case FRAMING_LINE:
                rules.forbidden = '\n';
                break;
        case FRAMING_NUL:
                rules.forbidden = '\0';
                break;
        case FRAMING_OCTET_COUNTED:
                rules.whole_max = COUNTED_MAX;
                rules.problem = counted_problem;
                break;
        case FRAMING_EOF:
                rules.no_empty = true;
                break;
        case FRAMING_SYSLOG:
                rules.whole_max = COUNTED_MAX;
                rules.problem = syslog_problem;
                break;
        case FRAMING_DELIMITER:
                rules.whole_max = COUNTED_MAX;
                rules.problem = delimiter_problem;
                break;
        case FRAMING_LENGTH:
                rules.whole_max = MIN(COUNTED_MAX,
                                      (size_t)((UINT64_C(1) << 8 * frame->length_size) - 1));
                break;
        case FRAMING_MAX_:
                break;
        }
        return rules;
}

static Segment decimal_header(Outgoing *o, size_t size) {
        int n = snprintf(o->header, sizeof(o->header), "%zu ", size);

        return (Segment){ o->header, (size_t)n };
}

static Segment binary_header(Outgoing *o, size_t size) {
        const size_t n = o->frame.length_size;

        for (size_t i = 0; i < n; i++)
                o->header[o->frame.length_order == BYTE_ORDER_BIG ? n - 1 - i : i] =
                        (char)(size >> 8 * i & 0xff);
        return (Segment){ o->header, n };
}

/* Moves what fits out of the segments. True when they are empty. */
static bool frame_segments(Outgoing *o) {
        for (size_t i = 0; i < ELEMENTSOF(o->segments); i++) {
                Segment *s = &o->segments[i];
                size_t n = MIN(s->size, OUTGOING_SIZE - o->end);

                if (n == 0 && s->size == 0)
                        continue; /* its data may be NULL */
                memcpy(o->buffer + o->end, s->data, n);
                s->data += n;
                s->size -= n;
                o->end += n;
                o->n_bytes += n;
                if (s->size > 0)
                        return false;
        }
        return true;
}

static void set_segments(Outgoing *o, const Piece *piece) {
        Segment *header = &o->segments[0], *terminator = &o->segments[2];
        const FrameSpec *f = &o->frame;

        *header = *terminator = (Segment){ 0 };
        o->segments[1] = (Segment){ piece->data, piece->size };
        switch ((Framing)f->framing) {
        case FRAMING_LINE:
                *terminator = (Segment){ "\n", piece->last };
                break;
        case FRAMING_NUL:
                *terminator = (Segment){ "", piece->last };
                break;
        case FRAMING_OCTET_COUNTED:
                *header = decimal_header(o, piece->size);
                break;
        case FRAMING_SYSLOG:
                if (is_syslog_counted(piece->data, piece->size))
                        *header = decimal_header(o, piece->size);
                else
                        *terminator = (Segment){ "\n", 1 };
                break;
        case FRAMING_DELIMITER:
                *header = (Segment){ f->start, f->start_size };
                *terminator = (Segment){ f->delimiter, f->delimiter_size };
                break;
        case FRAMING_LENGTH:
                *header = binary_header(o, piece->size);
                break;
        case FRAMING_EOF:
        case FRAMING_MAX_:
                break;
        }
        o->in_message = true;
        o->last = piece->last;
}

OutgoingResult outgoing_fill(Outgoing *o, uint64_t n_max) {
        if (o->begin == o->end)
                o->begin = o->end = 0;
        for (;;) {
                Piece piece;

                if (!frame_segments(o))
                        return OUTGOING_FULL;
                if (o->in_message && o->last) {
                        o->n_messages++;
                        o->in_message = false;
                }
                if (o->frame.framing == FRAMING_EOF && o->n_messages > 0)
                        return OUTGOING_END;
                if (!o->in_message && o->n_messages >= n_max)
                        return OUTGOING_HELD;

                switch (input_next(o->input, &piece)) {
                case INPUT_PIECE:
                        set_segments(o, &piece);
                        break;
                case INPUT_WAIT:
                        return OUTGOING_WAIT;
                case INPUT_END:
                        return OUTGOING_END;
                case INPUT_BAD:
                        return OUTGOING_BAD;
                }
        }
}

int outgoing_send(Outgoing *o, Connection *c) {
        int n = connection_send(c, o->buffer + o->begin, o->end - o->begin);

        if (n > 0)
                o->begin += (size_t)n;
        return n;
}
