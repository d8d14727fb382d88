/* SPDX-License-Identifier: MIT */
/* The table of the kinds of framing, and what they share. */

#include "core/frame.h"

#include "core/frame_rest.h"
#include "core/frame_rule.h"
#include <stdlib.h>
#include <string.h>

typedef struct FrameRule {
        FrameNext next;
        /* Whether a partial message is cut off by such an end, or whole. */
        bool (*is_cut_off)(const Frame *f, FrameEnd end);
        bool separated; /* silence may end a first message that it does not cut off */
} FrameRule;

/* Who leaves out the last separator, and closes in order, has said everything. */
static bool is_reset(const Frame *f _unused_, FrameEnd end) {
        return end == FRAME_END_RESET;
}

/*
 * Silence may end only what nothing has promised a delimiter for: with a start, the rest would be
 * skipped.
 */
static bool is_over(const Frame *f, FrameEnd end) {
        return end != FRAME_END_SILENCE || f->separated || f->spec.start_size > 0;
}

static bool is_incomplete(const Frame *f _unused_, FrameEnd end _unused_) {
        return true;
}

static bool is_syslog_cut_off(const Frame *f, FrameEnd end) {
        return f->in_payload || end == FRAME_END_RESET;
}

static const FrameRule rules[FRAMING_MAX_] = {
        [FRAMING_LINE] = { frame_next_line, is_reset, true },
        [FRAMING_NUL] = { frame_next_nul, is_reset, true },
        [FRAMING_OCTET_COUNTED] = { frame_next_octet_counted, is_incomplete, false },
        [FRAMING_EOF] = { frame_next_eof, is_reset, false },
        [FRAMING_SYSLOG] = { frame_next_syslog, is_syslog_cut_off, true },
        [FRAMING_DELIMITER] = { frame_next_delimited, is_over, true },
        [FRAMING_LENGTH] = { frame_next_length, is_incomplete, false },
};

void frame_init(Frame *f, const FrameSpec *spec) {
        *f = (Frame){ .spec = *spec };
}

void frame_reset(Frame *f) {
        const FrameSpec spec = f->spec;

        free(f->partial);
        frame_init(f, &spec);
}

size_t frame_memory(const Frame *f) {
        return f->partial ? sizeof(*f->partial) + f->partial->capacity : 0;
}

FrameResult frame_next(Frame *f, size_t size_max, const char **data, const char *end,
                       Message *ret) {
        if (_unlikely_(f->handed_out))
                frame_rest_release(f);
        if (*data == end)
                return FRAME_MORE;

        return rules[f->spec.framing].next(f, size_max, data, end, ret);
}

FrameResult frame_end(Frame *f, FrameEnd end, Message *ret) {
        bool cut_off;

        if (f->handed_out)
                frame_rest_release(f);
        if (f->size == 0)
                return frame_is_at_start(f) ? FRAME_MORE : FRAME_ERROR;

        cut_off = rules[f->spec.framing].is_cut_off(f, end);
        (void)frame_rest_take(f, 0, ret);
        f->in_payload = f->spaced = false;
        f->digits = f->matched = 0;
        f->count = 0;
        return cut_off ? FRAME_CUT_OFF : FRAME_MESSAGE;
}

bool frame_may_time_out(const Frame *f) {
        const FrameRule *rule = &rules[f->spec.framing];

        return f->size > 0 && !f->handed_out && !f->separated && rule->separated &&
               !rule->is_cut_off(f, FRAME_END_SILENCE);
}

static bool is_nul_terminated(const char *data, size_t n) {
        return n > 1 && data[n - 1] == '\0' && !memchr(data, '\n', n);
}

static bool is_line(const char *data, size_t n) {
        return data[0] == '<' || memchr(data, '\n', n);
}

bool frame_suggest(Framing framing, const char *data, size_t n, Framing *ret) {
        if ((framing != FRAMING_LINE && framing != FRAMING_NUL &&
             framing != FRAMING_OCTET_COUNTED) ||
            n == 0)
                return false;

        if (frame_is_counted(data, n))
                *ret = FRAMING_OCTET_COUNTED;
        else if (is_nul_terminated(data, n))
                *ret = FRAMING_NUL;
        else if (framing == FRAMING_OCTET_COUNTED && is_line(data, n))
                *ret = FRAMING_LINE;
        else
                return false;
        return *ret != framing;
}

static size_t ending_size(const char *data, size_t n) {
        if (n == 0 || (data[n - 1] != '\n' && data[n - 1] != '\0'))
                return 0;
        return data[n - 1] == '\n' && n > 1 && data[n - 2] == '\r' ? 2 : 1;
}

void frame_whole(Message *m, size_t size_max) {
        if (m->size == m->true_size) {
                m->size -= ending_size(m->data, m->size);
                m->true_size = m->size;
        }
        if (m->size > size_max)
                m->size = size_max;
}
