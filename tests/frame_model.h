/* SPDX-License-Identifier: MIT */
/*
 * Framing once more, slowly: the whole input is there, and is searched byte by byte. What frame.c
 * makes of the same input in pieces is compared with this.
 */
#pragma once

#include "core/frame.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct FrameModel {
        const FrameSpec *spec;
        const char *data;
        size_t size;
        const size_t *size_max; /* limits.message_size when each byte of the input was read */
        size_t at;              /* where the next message begins */
        bool after_counted;     /* syslog: the last message was counted */
        bool nul_ends;          /* syslog: the first line ended in NUL */
        bool separated;         /* a message has had its end */
} FrameModel;

/* Where a message is, as far as the input tells. */
typedef struct FrameSpan {
        size_t begin, end, next; /* the next one begins behind its terminator */
        bool header;             /* there is a header or a start, of which BEGIN is the end */
        bool counted;            /* nothing but its size ends it */
        bool complete, wrong;
} FrameSpan;

/* The message is data[BEGIN..END), and the limit is the one of its first byte. */
static inline void frame_model_message(const FrameModel *m, size_t begin, size_t end,
                                       Message *ret) {
        size_t n = end - begin;

        *ret = (Message){ .data = m->data + begin, .size = n, .true_size = n };
        if (n > 0 && n > m->size_max[begin])
                ret->size = m->size_max[begin];
}

static inline bool frame_model_is_at(const FrameModel *m, size_t at, const char *text, size_t n) {
        return at + n <= m->size && memcmp(m->data + at, text, n) == 0;
}

static inline FrameSpan frame_model_until(const FrameModel *m, size_t begin, const char *text,
                                          size_t n) {
        FrameSpan s = { .begin = begin, .end = begin };

        while (s.end < m->size && !frame_model_is_at(m, s.end, text, n))
                s.end++;
        s.complete = s.end < m->size;
        s.next = s.complete ? s.end + n : m->size;
        return s;
}

static inline FrameSpan frame_model_line(const FrameModel *m, size_t begin) {
        FrameSpan s = frame_model_until(m, begin, "\n", 1),
                  nul = frame_model_until(m, begin, "", 1);

        if (m->spec->framing == FRAMING_SYSLOG && (!m->separated || m->nul_ends) && nul.complete &&
            nul.end < s.end)
                return nul;
        if (s.complete && s.end > s.begin && m->data[s.end - 1] == '\r')
                s.end--;
        return s;
}

static inline size_t frame_model_fillers(const FrameModel *m, size_t at) {
        while (at < m->size && memchr("\n\r", m->data[at], 3))
                at++;
        return at;
}

/* COUNT bytes behind a header. */
static inline FrameSpan frame_model_payload(const FrameModel *m, size_t begin, size_t count) {
        FrameSpan s = { .begin = begin, .header = true, .counted = true };

        s.complete = m->size - begin >= count;
        s.end = s.next = s.complete ? begin + count : m->size;
        return s;
}

static inline FrameSpan frame_model_text(const FrameModel *m, size_t begin, size_t count) {
        FrameSpan s = frame_model_payload(m, begin, count);

        if (s.complete && s.end > s.begin && m->data[s.end - 1] == '\n') {
                s.end--;
                if (s.end > s.begin && m->data[s.end - 1] == '\r')
                        s.end--;
        }
        return s;
}

/* A header of 1 to 9 digits and a space. Returns its size; 0: it is none, or the input ends in it. */
static inline size_t frame_model_count(const FrameModel *m, size_t at, size_t *ret,
                                       bool *ret_wrong) {
        *ret = 0;
        *ret_wrong = false;
        for (size_t i = 0; at + i < m->size; i++) {
                char c = m->data[at + i];

                if (c == ' ' && i > 0)
                        return i + 1;
                if (c < (i > 0 ? '0' : '1') || c > '9' || i == 9) {
                        *ret_wrong = true;
                        return 0;
                }
                *ret = *ret * 10 + (size_t)(c - '0');
        }
        return 0;
}

static inline FrameSpan frame_model_counted(const FrameModel *m) {
        size_t begin = frame_model_fillers(m, m->at), count;
        FrameSpan s = { .begin = m->size, .end = m->size, .counted = true };
        size_t n = frame_model_count(m, begin, &count, &s.wrong);

        if (n > 0)
                return frame_model_text(m, begin + n, count);
        s.header = begin < m->size;
        return s;
}

static inline FrameSpan frame_model_syslog(const FrameModel *m) {
        size_t begin = m->after_counted ? frame_model_fillers(m, m->at) : m->at, count, n;
        bool wrong;

        n = frame_model_count(m, begin, &count, &wrong);
        if (n > 0 && begin + n < m->size && m->data[begin + n] == '<')
                return frame_model_text(m, begin + n, count);
        if (wrong || (n > 0 && begin + n < m->size))
                return frame_model_line(m, begin);
        return (FrameSpan){ .begin = begin, .end = m->size };
}

static inline FrameSpan frame_model_delimited(const FrameModel *m) {
        const FrameSpec *f = m->spec;
        FrameSpan start = { .next = m->at, .complete = true }, s;

        if (f->start_size > 0)
                start = frame_model_until(m, m->at, f->start, f->start_size);
        if (!start.complete)
                return (FrameSpan){ .begin = m->size, .end = m->size };

        s = frame_model_until(m, start.next, f->delimiter, f->delimiter_size);
        s.header = f->start_size > 0;
        return s;
}

static inline FrameSpan frame_model_length(const FrameModel *m) {
        const FrameSpec *f = m->spec;
        size_t count = 0;

        if (m->size - m->at < f->length_size)
                return (FrameSpan){ m->size, m->size, 0, m->at < m->size, true, false, false };
        for (size_t i = 0; i < f->length_size; i++)
                count = count * 256 +
                        (unsigned char)m->data[f->length_order == BYTE_ORDER_BIG
                                                       ? m->at + i
                                                       : m->at + f->length_size - 1 - i];
        return frame_model_payload(m, m->at + f->length_size, count);
}

static inline FrameSpan frame_model_span(const FrameModel *m) {
        switch ((Framing)m->spec->framing) {
        case FRAMING_LINE:
                return frame_model_line(m, m->at);
        case FRAMING_NUL:
                return frame_model_until(m, m->at, "", 1);
        case FRAMING_OCTET_COUNTED:
                return frame_model_counted(m);
        case FRAMING_SYSLOG:
                return frame_model_syslog(m);
        case FRAMING_DELIMITER:
                return frame_model_delimited(m);
        case FRAMING_LENGTH:
                return frame_model_length(m);
        case FRAMING_EOF:
        case FRAMING_MAX_:
                break;
        }
        return (FrameSpan){ .begin = m->at, .end = m->size };
}

/* The next message of the input, as frame_next(). */
static inline FrameResult frame_model_next(FrameModel *m, Message *ret) {
        FrameSpan s = frame_model_span(m);

        if (s.wrong || !s.complete)
                return s.wrong ? FRAME_ERROR : FRAME_MORE;

        m->at = s.next;
        m->after_counted = s.counted;
        m->nul_ends = m->nul_ends || (!s.counted && m->data[s.next - 1] == '\0');
        m->separated = true;
        frame_model_message(m, s.begin, s.end, ret);
        return FRAME_MESSAGE;
}

/* What is left when there are no more messages and the input has ended, as frame_end(). */
static inline FrameResult frame_model_end(FrameModel *m, FrameEnd end, Message *ret) {
        FrameSpan s = frame_model_span(m);
        bool promised = m->separated || m->spec->start_size > 0 || end == FRAME_END_ORDERLY;

        if (s.begin == s.end)
                return s.header ? FRAME_ERROR : FRAME_MORE;

        m->at = m->size;
        frame_model_message(m, s.begin, s.end, ret);
        return s.counted || (promised && m->spec->framing == FRAMING_DELIMITER) ||
                               end == FRAME_END_RESET
                       ? FRAME_CUT_OFF
                       : FRAME_MESSAGE;
}
