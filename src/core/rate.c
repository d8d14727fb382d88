/* SPDX-License-Identifier: MIT */
/* Products are taken apart so that they fit into 64 bits. */

#include "core/rate.h"

#include "core/macro.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

static uint64_t nsec_of(Rate r, uint64_t n) {
        return n / r.per_second * NSEC_PER_SEC + n % r.per_second * NSEC_PER_SEC / r.per_second;
}

/* Rounded up: a part of a token is none. */
static uint64_t tokens_of(Rate r, uint64_t nsec) {
        return nsec / NSEC_PER_SEC * r.per_second +
               (nsec % NSEC_PER_SEC * r.per_second + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

static uint64_t missing_nsec(const RateBucket *b, uint64_t now_nsec) {
        return b->full_nsec > now_nsec ? b->full_nsec - now_nsec : 0;
}

int64_t rate_tokens(Rate r, const RateBucket *b, uint64_t now_usec) {
        uint64_t missing = missing_nsec(b, now_usec * NSEC_PER_USEC);

        return (int64_t)r.burst - (int64_t)tokens_of(r, missing);
}

void rate_take(Rate r, RateBucket *b, uint64_t n, uint64_t now_usec) {
        uint64_t now_nsec = now_usec * NSEC_PER_USEC;

        b->full_nsec = now_nsec + missing_nsec(b, now_nsec) + nsec_of(r, n);
}

uint64_t rate_wait_usec(Rate r, int64_t tokens) {
        if (tokens > 0)
                return 0;
        return (nsec_of(r, (uint64_t)(1 - tokens)) + NSEC_PER_USEC - 1) / NSEC_PER_USEC;
}

uint64_t rate_left(Rate r, const RateBucket *b, uint64_t now_usec, uint64_t *ret_wait_usec) {
        int64_t tokens = rate_tokens(r, b, now_usec);

        *ret_wait_usec = rate_wait_usec(r, tokens);
        return tokens > 0 ? (uint64_t)tokens : 0;
}
