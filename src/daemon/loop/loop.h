/* SPDX-License-Identifier: MIT */
/*
 * One thread's event loop: plain epoll, level-triggered, a wheel of timers, and the time of the
 * wake-up, which is read once. Why not sd-event: it reports every ready source anew before each
 * dispatch, which costs a worker with many streams most of its time.
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

/* Returns 0 or negative errno; loop_done() is right in any case. */
int loop_init(Loop *l);
void loop_done(Loop *l);

/* Returns 0 or negative errno. */
int loop_add(Loop *l, int fd, uint32_t events, Source *s);
/* For descriptors that were added: cannot fail. */
void loop_change(Loop *l, int fd, uint32_t events, Source *s);
void loop_remove(Loop *l, int fd);

/* Reads the clocks. */
void loop_set_clock(Loop *l);
/*
 * One epoll_wait(2) of at most TIMEOUT milliseconds (-1: no limit), then reads the clocks. Returns how
 * many of EVENTS are set; the caller dispatches them.
 */
unsigned loop_wait(Loop *l, struct epoll_event events[static LOOP_EVENTS_MAX], int timeout);
void loop_run_timers(Loop *l);
