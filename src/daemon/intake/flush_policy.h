/* SPDX-License-Identifier: MIT */
/* When to write and to flush: a pure function, called at three moments of a wake-up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With fewer bytes read since the last write, FLUSH_STEP need not be asked: it is FLUSH_WAIT. */
#define FLUSH_STEP_SIZE (1024 * 1024)

typedef enum FlushMoment {
        FLUSH_WOKEN,  /* whether there is input is known; with input, asked only for a flush */
        FLUSH_STEP,   /* some of the input was read, more is ready */
        FLUSH_SERVED, /* all of it was; whether there is more by now is unknown */
} FlushMoment;

/* What the open commit holds. */
typedef enum FlushOpen {
        FLUSH_OPEN_NOTHING,
        FLUSH_OPEN_PATIENT, /* no receipt waits for it */
        FLUSH_OPEN_AWAITED,
} FlushOpen;

typedef struct FlushState {
        FlushMoment moment;
        FlushOpen open;
        bool flush_wanted;        /* a receipt waits for a flush of what was handed over */
        bool has_input;           /* at FLUSH_WOKEN */
        bool serves_datagrams;    /* their queue must not overflow during a flush */
        bool must_write;          /* there is no more room, or the worker stops */
        size_t n_read;            /* bytes read from streams since the last write */
        unsigned n_write_delayed; /* wake-ups that have delayed a write, … */
        unsigned n_flush_delayed; /* … a flush */
        uint64_t flush_usec;      /* duration of the last flush */
} FlushState;

/* Each includes those above it. */
typedef enum FlushAction {
        FLUSH_WAIT,
        FLUSH_WRITE, /* hand the open commit over */
        FLUSH_ASK,   /* have the commit thread flush */
        FLUSH_HERE,  /* flush in this thread */
} FlushAction;

FlushAction flush_policy_next(const FlushState *s);
