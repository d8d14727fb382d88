/* SPDX-License-Identifier: MIT */
/* Framing: one function per rule, all with the same signature, chosen by a table. */

#include "core/frame.h"

#include "core/macro.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define REST_SIZE_MIN 128

struct FramePartial {
        size_t size;
        size_t capacity;
        size_t size_max; /* limits.message_size when it began: a reload may change that */
        char bytes[];
};

typedef FrameResult (*FrameRule)(Frame *f, size_t size_max, const char **data, const char *end,
                                 Message *ret);

void frame_init(Frame *f, Framing framing) {
        *f = (Frame){ .framing = (uint8_t)framing };
}

void frame_done(Frame *f) {
        free(TAKE_PTR(f->partial));
}

size_t frame_memory(const Frame *f) {
        return f->partial ? sizeof(*f->partial) + f->partial->capacity : 0;
}

/* Appends to the partial message; what is past SIZE_MAX is counted but not kept. */
static bool rest_append(Frame *f, size_t size_max, const char *p, size_t n) {
        size_t have = f->partial ? f->partial->size : 0;
        size_t keep;

        if (f->partial)
                size_max = f->partial->size_max;
        keep = MIN(n, size_max - have);
        f->size += n;
        if (keep == 0)
                return true;

        if (!f->partial || f->partial->capacity - have < keep) {
                size_t wanted = MAX(have + keep, have + have / 2);
                size_t capacity = MIN(MAX(wanted, (size_t)REST_SIZE_MIN),
                                      MAX(size_max, have + keep));
                FramePartial *partial = realloc(f->partial, sizeof(*partial) + capacity);

                if (!partial)
                        return false;

                partial->capacity = capacity;
                partial->size = have;
                partial->size_max = size_max;
                f->partial = partial;
        }

        memcpy(f->partial->bytes + have, p, keep);
        f->partial->size += keep;
        return true;
}

/* The partial message, complete now, becomes the message; DROP bytes at its end belong to the terminator. */
static FrameResult rest_take(Frame *f, size_t drop, Message *ret) {
        uint64_t size = f->size - drop;

        *ret = (Message){
                .data = f->partial ? f->partial->bytes : "",
                .size = f->partial ? (size_t)MIN((uint64_t)f->partial->size, size) : 0,
                .true_size = size,
        };
        f->handed_out = true;
        return FRAME_MESSAGE;
}

static inline void message_set(Message *ret, const char *p, size_t n, size_t size_max) {
        *ret = (Message){ .data = p, .size = MIN(n, size_max), .true_size = n };
}

/* One CR before the LF is dropped, also when the two came in different reads. */
static FrameResult next_line(Frame *f, size_t size_max, const char **data, const char *end,
                             Message *ret) {
        const char *p = *data, *lf = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((lf ? lf : end) - p);

        if (!lf) {
                *data = end;
                f->ends_in_cr = end[-1] == '\r';
                return rest_append(f, size_max, p, n) ? FRAME_MORE : FRAME_NO_MEMORY;
        }

        *data = lf + 1;
        f->separated = true;
        if (_likely_(f->size == 0)) {
                message_set(ret, p, n - (n > 0 && lf[-1] == '\r'), size_max);
                return FRAME_MESSAGE;
        }

        if (n > 0) {
                f->ends_in_cr = lf[-1] == '\r';
                if (!rest_append(f, size_max, p, n))
                        return FRAME_NO_MEMORY;
        }
        return rest_take(f, f->ends_in_cr, ret);
}

static FrameResult next_nul(Frame *f, size_t size_max, const char **data, const char *end,
                            Message *ret) {
        const char *p = *data, *nul = memchr(p, '\0', (size_t)(end - p));
        size_t n = (size_t)((nul ? nul : end) - p);

        *data = nul ? nul + 1 : end;
        f->separated = f->separated || nul;
        if (nul && f->size == 0) {
                message_set(ret, p, n, size_max);
                return FRAME_MESSAGE;
        }

        if (!rest_append(f, size_max, p, n))
                return FRAME_NO_MEMORY;

        return nul ? rest_take(f, 0, ret) : FRAME_MORE;
}

/*
 * RFC 6587 section 3.4.1: MSG-LEN = NONZERO-DIGIT *DIGIT, then a space. At most nine digits, so no
 * overflow.
 */
static FrameResult octet_header(Frame *f, const char **data, const char *end) {
        while (*data < end) {
                char c = *(*data)++;

                if (c == ' ' && f->digits > 0) {
                        f->in_payload = true;
                        return FRAME_MORE;
                }
                if (c < '0' || c > '9' || f->digits == 9 || (c == '0' && f->digits == 0))
                        return FRAME_ERROR;

                f->count = f->count * 10 + (uint32_t)(c - '0');
                f->digits++;
        }
        return FRAME_MORE;
}

static void octet_restart(Frame *f) {
        f->count = 0;
        f->digits = 0;
        f->in_payload = false;
        f->separated = true;
}

static FrameResult next_octet_counted(Frame *f, size_t size_max, const char **data, const char *end,
                                      Message *ret) {
        const char *p;
        size_t n;

        if (!f->in_payload && octet_header(f, data, end) == FRAME_ERROR)
                return FRAME_ERROR;
        if (!f->in_payload || *data == end)
                return FRAME_MORE;

        p = *data;
        n = (size_t)MIN((uint64_t)(end - p), f->count - f->size);
        *data = p + n;
        if (f->size == 0 && n == f->count) {
                octet_restart(f);
                message_set(ret, p, n, size_max);
                return FRAME_MESSAGE;
        }

        if (!rest_append(f, size_max, p, n))
                return FRAME_NO_MEMORY;
        if (f->size < f->count)
                return FRAME_MORE;

        octet_restart(f);
        return rest_take(f, 0, ret);
}

static FrameResult next_eof(Frame *f, size_t size_max, const char **data, const char *end,
                            Message *ret _unused_) {
        const char *p = *data;

        *data = end;
        return rest_append(f, size_max, p, (size_t)(end - p)) ? FRAME_MORE : FRAME_NO_MEMORY;
}

static void release_handed_out(Frame *f) {
        free(TAKE_PTR(f->partial));
        f->size = 0;
        f->ends_in_cr = false;
        f->handed_out = false;
}

FrameResult frame_next(Frame *f, size_t size_max, const char **data, const char *end,
                       Message *ret) {
        static const FrameRule rules[FRAMING_MAX_] = {
                [FRAMING_LINE] = next_line,
                [FRAMING_NUL] = next_nul,
                [FRAMING_OCTET_COUNTED] = next_octet_counted,
                [FRAMING_EOF] = next_eof,
        };

        if (_unlikely_(f->handed_out))
                release_handed_out(f);
        if (*data == end)
                return FRAME_MORE;

        return rules[f->framing](f, size_max, data, end, ret);
}

FrameResult frame_end(Frame *f, Message *ret) {
        if (f->handed_out)
                release_handed_out(f);
        if (f->framing == FRAMING_OCTET_COUNTED)
                return f->digits > 0 ? FRAME_ERROR : FRAME_MORE;
        if (f->size == 0)
                return FRAME_MORE;

        return rest_take(f, 0, ret);
}

/* As receivers of both kinds of syslog tell them apart: a count, a space, and a priority. */
static bool is_counted(const char *data, size_t n) {
        Frame f = { 0 };
        const char *p = data, *end = data + n;

        return octet_header(&f, &p, end) == FRAME_MORE && f.in_payload && p < end && *p == '<';
}

static bool is_nul_terminated(const char *data, size_t n) {
        return n > 1 && data[n - 1] == '\0' && !memchr(data, '\n', n);
}

bool frame_suggest(Framing framing, const char *data, size_t n, Framing *ret) {
        if (framing == FRAMING_EOF || n == 0)
                return false;

        if (is_counted(data, n))
                *ret = FRAMING_OCTET_COUNTED;
        else if (is_nul_terminated(data, n))
                *ret = FRAMING_NUL;
        else if (framing == FRAMING_OCTET_COUNTED)
                *ret = FRAMING_LINE;
        else
                return false;
        return *ret != framing;
}
