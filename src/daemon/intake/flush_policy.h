/* SPDX-License-Identifier: MIT */
/*
 * When a worker writes what it has taken in, and when that is flushed: a pure function of what it sees
 * at three moments of a wake-up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With fewer bytes read since the last write, FLUSH_STEP need not be asked: it is FLUSH_WAIT. */
#define FLUSH_STEP_SIZE (1024 * 1024)

typedef enum FlushMoment {
        FLUSH_WOKEN,  /* it is known whether there is input; if so, asked only for a flush */
        FLUSH_STEP,   /* some of the input is taken in, more is to be served */
        FLUSH_SERVED, /* all is; whether there is more by now is not known */
} FlushMoment;

/* What is taken in and not handed over to the outputs. */
typedef enum FlushOpen {
        FLUSH_OPEN_NOTHING,
        FLUSH_OPEN_PATIENT, /* no sender waits for a receipt */
        FLUSH_OPEN_AWAITED,
} FlushOpen;

typedef struct FlushState {
        FlushMoment moment;
        FlushOpen open;
        bool flush_wanted;     /* a sender waits for the flush of what was handed over before */
        bool has_input;        /* at FLUSH_WOKEN */
        bool serves_datagrams; /* their queue must not be left alone for as long as a flush takes */
        bool must_write;       /* there is no more room, or the worker stops */
        size_t n_read;         /* bytes read from streams since the last write */
        unsigned n_write_delayed; /* wake-ups for which a write, … */
        unsigned n_flush_delayed; /* … a flush was delayed */
        uint64_t flush_usec;      /* what the last flush took */
} FlushState;

/* Each does what those above it do. */
typedef enum FlushAction {
        FLUSH_WAIT,  /* go on */
        FLUSH_WRITE, /* hand over what is open */
        FLUSH_ASK,   /* have the commit thread flush */
        FLUSH_HERE,  /* flush in this thread */
} FlushAction;

FlushAction flush_policy_next(const FlushState *s);
