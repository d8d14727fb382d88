/* SPDX-License-Identifier: MIT */
/* Messages whose size comes first. */

#include "core/frame_rest.h"
#include "core/frame_rule.h"

/* So that a count fits into 32 bits. */
#define DIGITS_MAX 9

static void restart(Frame *f) {
        f->count = 0;
        f->digits = 0;
        f->spaced = false;
        f->in_payload = false;
        f->separated = true;
}

/* The header is complete. */
static FrameResult next_payload(Frame *f, size_t size_max, const char **data, const char *end,
                                Message *ret) {
        const char *p = *data;
        size_t n = (size_t)MIN((uint64_t)(end - p), f->count - f->size);

        *data = p + n;
        if (f->size == 0 && n == f->count) {
                restart(f);
                message_set(ret, p, n, size_max);
                return FRAME_MESSAGE;
        }

        if (!frame_rest_append(f, size_max, p, n))
                return FRAME_NO_MEMORY;
        if (f->size < f->count)
                return FRAME_MORE;

        restart(f);
        return frame_rest_take(f, 0, ret);
}

/* Syslog senders count the LF or CRLF that would end a line: it is no part of the message either way. */
static FrameResult next_text(Frame *f, size_t size_max, const char **data, const char *end,
                             Message *ret) {
        FrameResult r = next_payload(f, size_max, data, end, ret);
        const char *tail = f->tail + sizeof(f->tail);
        uint64_t n;

        if (r != FRAME_MESSAGE)
                return r;

        n = ret->true_size;
        if (!f->handed_out)
                tail = ret->data + n; /* all of it is in this read, whatever is kept */
        if (n > 0 && tail[-1] == '\n')
                ret->true_size -= n > 1 && tail[-2] == '\r' ? 2 : 1;
        ret->size = (size_t)MIN((uint64_t)ret->size, ret->true_size);
        return r;
}

/* LF, CR and NUL between frames: some senders end a frame as they would a line. */
static void skip_fillers(const char **data, const char *end) {
        while (*data < end && (**data == '\n' || **data == '\r' || **data == '\0'))
                (*data)++;
}

static bool take_digit(Frame *f, char c) {
        if (c < (f->digits > 0 ? '0' : '1') || c > '9' || f->digits == DIGITS_MAX)
                return false;

        f->count = f->count * 10 + (uint32_t)(c - '0');
        f->digits++;
        return true;
}

/* RFC 6587 section 3.4.1: MSG-LEN = NONZERO-DIGIT *DIGIT, then a space. */
static FrameResult octet_header(Frame *f, const char **data, const char *end) {
        while (*data < end) {
                char c = *(*data)++;

                if (c == ' ' && f->digits > 0) {
                        f->in_payload = true;
                        return FRAME_MORE;
                }
                if (!take_digit(f, c))
                        return FRAME_ERROR;
        }
        return FRAME_MORE;
}

FrameResult frame_next_octet_counted(Frame *f, size_t size_max, const char **data, const char *end,
                                     Message *ret) {
        if (f->digits == 0)
                skip_fillers(data, end);
        if (!f->in_payload && octet_header(f, data, end) == FRAME_ERROR)
                return FRAME_ERROR;
        if (!f->in_payload || *data == end)
                return FRAME_MORE;

        return next_text(f, size_max, data, end, ret);
}

bool frame_is_counted(const char *data, size_t n) {
        Frame f = { 0 };
        const char *p = data, *end = data + n;

        return octet_header(&f, &p, end) == FRAME_MORE && f.in_payload && p < end && *p == '<';
}

typedef enum SyslogKind {
        SYSLOG_UNKNOWN, /* all input is used up */
        SYSLOG_COUNTED,
        SYSLOG_LINE,
} SyslogKind;

/* What counts is a header before "<", where every syslog message begins. */
static SyslogKind syslog_header(Frame *f, const char **data, const char *end) {
        for (; *data < end; (*data)++) {
                char c = **data;

                if (f->spaced) {
                        f->in_payload = c == '<';
                        return f->in_payload ? SYSLOG_COUNTED : SYSLOG_LINE;
                }
                if (c == ' ' && f->digits > 0)
                        f->spaced = true;
                else if (!take_digit(f, c))
                        return SYSLOG_LINE;
        }
        return SYSLOG_UNKNOWN;
}

static FrameResult next_in_line(Frame *f, size_t size_max, const char **data, const char *end,
                                Message *ret) {
        f->after_counted = false;
        return frame_next_syslog_line(f, size_max, data, end, ret);
}

static FrameResult next_counted(Frame *f, size_t size_max, const char **data, const char *end,
                                Message *ret) {
        f->after_counted = true;
        return next_text(f, size_max, data, end, ret);
}

static bool is_in_line(const Frame *f, char c) {
        return f->digits == 0 && (f->size > 0 || (!f->after_counted && (c < '1' || c > '9')));
}

/*
 * RFC 6587 section 3.4: octet counting or non-transparent framing, told apart message by message.
 * Until it is known, a header is kept as the beginning of a line.
 */
FrameResult frame_next_syslog(Frame *f, size_t size_max, const char **data, const char *end,
                              Message *ret) {
        const char *begin;

        if (f->in_payload)
                return next_counted(f, size_max, data, end, ret);
        if (_likely_(is_in_line(f, **data)))
                return frame_next_syslog_line(f, size_max, data, end, ret);

        if (f->after_counted && f->digits == 0)
                skip_fillers(data, end);
        begin = *data;
        switch (syslog_header(f, data, end)) {
        case SYSLOG_UNKNOWN:
                break;
        case SYSLOG_COUNTED:
                frame_rest_release(f);
                return next_counted(f, size_max, data, end, ret);
        case SYSLOG_LINE:
                *data = begin;
                f->count = 0;
                f->digits = 0;
                f->spaced = false;
                return next_in_line(f, size_max, data, end, ret);
        }
        return frame_rest_append(f, size_max, begin, (size_t)(end - begin)) ? FRAME_MORE
                                                                            : FRAME_NO_MEMORY;
}

FrameResult frame_next_length(Frame *f, size_t size_max, const char **data, const char *end,
                              Message *ret) {
        const FrameSpec *spec = &f->spec;

        for (; f->digits < spec->length_size && *data < end; f->digits++) {
                uint32_t c = (unsigned char)*(*data)++;

                if (spec->length_order == BYTE_ORDER_BIG)
                        f->count = f->count << 8 | c;
                else
                        f->count |= c << 8 * f->digits;
        }
        f->in_payload = f->digits == spec->length_size;
        if (!f->in_payload || (*data == end && f->count > f->size))
                return FRAME_MORE;

        return next_payload(f, size_max, data, end, ret);
}
