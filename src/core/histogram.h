/* SPDX-License-Identifier: MIT */
/*
 * How long something took, as counts between fixed bounds from 50 µs to 10 s. Any thread adds, any
 * thread reads. All zero: nothing yet.
 */
#pragma once

#include "core/counter.h"

#define HISTOGRAM_BOUNDS 17

typedef struct Histogram {
        Counter counts[HISTOGRAM_BOUNDS + 1]; /* the last one: above all bounds */
        Counter sum_usec;
} Histogram;

/* As it was at about one moment. */
typedef struct HistogramCounts {
        uint64_t counts[HISTOGRAM_BOUNDS + 1];
        uint64_t n, sum_usec;
} HistogramCounts;

/* In ascending order; each count is of what took no longer than its bound. */
extern const uint64_t histogram_bounds_usec[HISTOGRAM_BOUNDS];

/* N times the same. */
void histogram_add(Histogram *h, uint64_t usec, uint64_t n);
HistogramCounts histogram_read(const Histogram *h);
