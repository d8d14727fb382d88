/* SPDX-License-Identifier: MIT */
/* Messages that end where a separator is found. */

#include "core/frame_rest.h"
#include "core/frame_rule.h"
#include <string.h>

/* SEPARATOR: in the input, or NULL. One CR before an LF is dropped, also if it came in another read. */
static inline FrameResult next_until(Frame *f, size_t size_max, const char **data, const char *end,
                                     const char *separator, Message *ret) {
        const char *p = *data;
        size_t n = (size_t)((separator ? separator : end) - p);

        if (!separator) {
                *data = end;
                return frame_rest_append(f, size_max, p, n) ? FRAME_MORE : FRAME_NO_MEMORY;
        }

        *data = separator + 1;
        f->separated = true;
        if (_likely_(f->size == 0)) {
                bool has_cr = n > 0 && separator[-1] == '\r' && *separator == '\n';

                message_set(ret, p, n - has_cr, size_max);
                return FRAME_MESSAGE;
        }

        if (!frame_rest_append(f, size_max, p, n))
                return FRAME_NO_MEMORY;
        return frame_rest_take(f, f->tail[1] == '\r' && *separator == '\n', ret);
}

FrameResult frame_next_line(Frame *f, size_t size_max, const char **data, const char *end,
                            Message *ret) {
        const char *lf = memchr(*data, '\n', (size_t)(end - *data));

        return next_until(f, size_max, data, end, lf, ret);
}

/* RFC 6587 section 3.4.2: the trailer is LF, or with some senders NUL, which the first line shows. */
FrameResult frame_next_syslog_line(Frame *f, size_t size_max, const char **data, const char *end,
                                   Message *ret) {
        const char *p = *data, *lf = memchr(p, '\n', (size_t)(end - p)), *nul = NULL;

        if (_unlikely_(!f->separated || f->nul_ends))
                nul = memchr(p, '\0', (size_t)((lf ? lf : end) - p));
        f->nul_ends = f->nul_ends || nul;
        return next_until(f, size_max, data, end, nul ? nul : lf, ret);
}

FrameResult frame_next_nul(Frame *f, size_t size_max, const char **data, const char *end,
                           Message *ret) {
        const char *nul = memchr(*data, '\0', (size_t)(end - *data));

        return next_until(f, size_max, data, end, nul, ret);
}

/* The longest beginning of TEXT, but for all of it, that the N bytes before END are. */
static uint8_t matched_at(const char *text, uint8_t size, const char *end, size_t n) {
        size_t k = MIN((size_t)size - 1, n);

        while (k > 0 && memcmp(text, end - k, k) != 0)
                k--;
        return (uint8_t)k;
}

/* One byte more, after f->matched bytes of TEXT. Returns whether that completes it. */
static bool match_byte(Frame *f, const char *text, uint8_t size, char c) {
        while (f->matched > 0 && text[f->matched] != c)
                f->matched = matched_at(text, f->matched, text + f->matched, f->matched);
        if (text[f->matched] == c)
                f->matched++;
        return f->matched == size;
}

/*
 * Returns the end of the first TEXT in the input, whose bytes before P are in f->matched; NULL: it
 * has not come, and f->matched is as at END.
 */
static const char *find(Frame *f, const char *text, uint8_t size, const char *p, const char *end) {
        const char *found;

        for (; f->matched > 0 && p < end; p++)
                if (match_byte(f, text, size, *p)) {
                        f->matched = 0;
                        return p + 1;
                }
        if (p == end)
                return NULL;

        found = memmem(p, (size_t)(end - p), text, size);
        if (found)
                return found + size;
        f->matched = matched_at(text, size, end, (size_t)(end - p));
        return NULL;
}

/* Moves *DATA behind a start. Returns false if it has not come yet. */
static bool skip_to_start(Frame *f, const char **data, const char *end) {
        const uint8_t before = f->matched, size = f->spec.start_size;
        const char *found = find(f, f->spec.start, size, *data, end);
        const char *to = found ? found : end;

        /* What may be a part of a start is counted once it is known. */
        f->skipped += (uint32_t)((size_t)(to - *data) + before - (found ? size : f->matched));
        *data = to;
        f->in_payload = found;
        return found;
}

FrameResult frame_next_delimited(Frame *f, size_t size_max, const char **data, const char *end,
                                 Message *ret) {
        const uint8_t size = f->spec.delimiter_size;
        const char *p, *found;

        if (f->spec.start_size > 0 && !f->in_payload && !skip_to_start(f, data, end))
                return FRAME_MORE;

        p = *data;
        found = find(f, f->spec.delimiter, size, p, end);
        *data = found ? found : end;
        if (found) {
                f->separated = true;
                f->in_payload = false;
        }
        if (found && f->size == 0) {
                message_set(ret, p, (size_t)(found - p) - size, size_max);
                return FRAME_MESSAGE;
        }

        if (!frame_rest_append(f, size_max, p, (size_t)(*data - p)))
                return FRAME_NO_MEMORY;
        return found ? frame_rest_take(f, size, ret) : FRAME_MORE;
}

FrameResult frame_next_eof(Frame *f, size_t size_max, const char **data, const char *end,
                           Message *ret _unused_) {
        const char *p = *data;

        *data = end;
        return frame_rest_append(f, size_max, p, (size_t)(end - p)) ? FRAME_MORE : FRAME_NO_MEMORY;
}
