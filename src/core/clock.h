/* SPDX-License-Identifier: MIT */
/* The two clocks in microseconds, and deadlines as poll(2) and others take them. */
#pragma once

#include "core/macro.h"
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

static_assert(sizeof(time_t) == 8, "times after 2038: see configure.ac");

static inline uint64_t clock_read(clockid_t id) {
        struct timespec ts;

        (void)clock_gettime(id, &ts); /* cannot fail for these clocks */
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / NSEC_PER_USEC;
}

/* The clock of deadlines. */
static inline uint64_t clock_monotonic(void) {
        return clock_read(CLOCK_MONOTONIC);
}

static inline uint64_t clock_realtime(void) {
        return clock_read(CLOCK_REALTIME);
}

/* Milliseconds from NOW until DEADLINE, rounded up; -1 for USEC_INFINITY. */
static inline int clock_timeout_msec(uint64_t deadline_usec, uint64_t now_usec) {
        if (deadline_usec == USEC_INFINITY)
                return -1;
        if (deadline_usec <= now_usec)
                return 0;
        return (int)MIN((deadline_usec - now_usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC,
                        (uint64_t)INT32_MAX);
}

/* For waits with an absolute deadline. */
static inline struct timespec clock_timespec(uint64_t usec) {
        return (struct timespec){
                .tv_sec = (time_t)(usec / USEC_PER_SEC),
                .tv_nsec = (long)(usec % USEC_PER_SEC * NSEC_PER_USEC),
        };
}

/* A condition whose deadlines are on clock_monotonic(). */
static inline void clock_cond_init(pthread_cond_t *c) {
        pthread_condattr_t attr;

        (void)pthread_condattr_init(&attr); /* none of these can fail here */
        (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        (void)pthread_cond_init(c, &attr);
        (void)pthread_condattr_destroy(&attr);
}
