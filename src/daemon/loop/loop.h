/* SPDX-License-Identifier: MIT */
/*
 * The event loop of one thread: level-triggered epoll, a timer wheel, and the time of the wake-up,
 * read once. Not sd-event: that reports every ready source anew before each dispatch, which costs a
 * worker with many streams most of its time.
 */
#pragma once

#include "core/timer.h"
#include "daemon/loop/pulse.h"
#include <stdint.h>
#include <sys/epoll.h>

/* Embedded at the head of its owner. */
typedef struct Source Source;
struct Source {
        void (*on_event)(Source *s, uint32_t events);
};

typedef struct Loop {
        int epoll_fd;           /* owned */
        TimerWheel timers;      /* fired by loop_run_timers() */
        uint64_t now_usec;      /* CLOCK_MONOTONIC at the start of the wake-up */
        uint64_t realtime_usec; /* CLOCK_REALTIME then */
        Pulse pulse;
} Loop;

#define LOOP_EVENTS_MAX 256

/* Returns 0 or negative errno; call loop_done() in either case. */
int loop_init(Loop *l);
void loop_done(Loop *l);

/* Returns 0 or negative errno. */
int loop_add(Loop *l, int fd, uint32_t events, Source *s);
/* FD was added before: cannot fail. */
void loop_change(Loop *l, int fd, uint32_t events, Source *s);
void loop_remove(Loop *l, int fd);

/* Reads the clocks. */
void loop_set_clock(Loop *l);
/*
 * Waits at most TIMEOUT milliseconds (-1: forever), then reads the clocks. Returns the number of
 * EVENTS, which the caller dispatches.
 */
unsigned loop_wait(Loop *l, struct epoll_event events[static LOOP_EVENTS_MAX], int timeout);
void loop_run_timers(Loop *l);
