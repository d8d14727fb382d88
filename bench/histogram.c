/* SPDX-License-Identifier: MIT */
/* Latencies by powers of two, each cut into equal steps: constant relative precision. */

#include "bench/load.h"
#include <stdlib.h>

#define STEP_BITS 6
#define STEPS (1u << STEP_BITS)
#define POWERS (64 - STEP_BITS + 1)

struct Histogram {
        uint64_t count;
        uint64_t buckets[POWERS * STEPS];
};

static size_t bucket_of(uint64_t v) {
        unsigned power;

        if (v < STEPS)
                return (size_t)v;
        power = 63 - (unsigned)__builtin_clzll(v) - STEP_BITS;
        return (power + 1) * STEPS + (size_t)(v >> power) - STEPS;
}

/* The lowest value of a bucket. */
static uint64_t value_of(size_t bucket) {
        size_t power = bucket / STEPS, step = bucket % STEPS;

        return power == 0 ? step : (uint64_t)(STEPS + step) << (power - 1);
}

Histogram *histogram_new(void) {
        return calloc(1, sizeof(Histogram));
}

void histogram_add(Histogram *h, uint64_t nsec) {
        h->buckets[bucket_of(nsec)]++;
        h->count++;
}

uint64_t histogram_quantile(const Histogram *h, double fraction) {
        double left = fraction * (double)h->count;

        for (size_t i = 0; i < POWERS * STEPS; i++) {
                left -= (double)h->buckets[i];
                if (h->buckets[i] > 0 && left <= 0)
                        return value_of(i);
        }
        return 0;
}

uint64_t histogram_count(const Histogram *h) {
        return h->count;
}
