/* SPDX-License-Identifier: MIT */
/* The partial message of a frame, and what the rules of frame_rule.h share. Only for frame*.c. */
#pragma once

#include "core/frame.h"
#include "core/macro.h"

struct FramePartial {
        size_t size;
        size_t capacity;
        size_t size_max; /* limits.message_size when it began: a reload may change that */
        char bytes[];
};

/*
 * Appends N bytes to the partial message; what is past SIZE_MAX is counted but not kept. Returns
 * false if out of memory.
 */
bool frame_rest_append(Frame *f, size_t size_max, const char *p, size_t n);
/*
 * The partial message, complete now, becomes the message; DROP bytes at its end belong to the
 * terminator. Returns FRAME_MESSAGE.
 */
FrameResult frame_rest_take(Frame *f, size_t drop, Message *ret);
/* Frees it. */
void frame_rest_release(Frame *f);

static inline void message_set(Message *ret, const char *p, size_t n, size_t size_max) {
        *ret = (Message){ .data = p, .size = MIN(n, size_max), .true_size = n };
}
