/* SPDX-License-Identifier: MIT */
/* Bounds as 1, 2.5, 5 of each power of ten: figures one can read. */

#include "core/histogram.h"

#include "core/macro.h"

const uint64_t histogram_bounds_usec[HISTOGRAM_BOUNDS] = {
        50,    100,    250,    500,    1000,    2500,    5000,    10000,    25000,
        50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

void histogram_add(Histogram *h, uint64_t usec, uint64_t n) {
        size_t i = 0;

        while (i < HISTOGRAM_BOUNDS && usec > histogram_bounds_usec[i])
                i++;
        counter_add(&h->counts[i], n);
        counter_add(&h->sum_usec, usec * n);
}

HistogramCounts histogram_read(const Histogram *h) {
        HistogramCounts c = { .sum_usec = counter_read(&h->sum_usec) };

        for (size_t i = 0; i < ELEMENTSOF(c.counts); i++) {
                c.counts[i] = counter_read(&h->counts[i]);
                c.n += c.counts[i];
        }
        return c;
}
