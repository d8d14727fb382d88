/* SPDX-License-Identifier: MIT */
/*
 * A token bucket. It is the time at which it will be full (GCRA, ITU-T I.371, as "theoretical arrival
 * time"): nothing has to be refilled. Times are CLOCK_MONOTONIC.
 */
#pragma once

#include <stdint.h>

typedef struct Rate {
        uint64_t per_second; /* tokens; 1 to 1,000,000 */
        uint64_t burst;      /* tokens in a full bucket; 1 to 1,000,000 */
} Rate;

typedef struct RateBucket {
        uint64_t full_nsec; /* 0: full */
} RateBucket;

/* Tokens in the bucket: 0 or less while it is in debt. */
int64_t rate_tokens(Rate r, const RateBucket *b, uint64_t now_usec);
/* Takes N tokens, whether they are there or not. */
void rate_take(Rate r, RateBucket *b, uint64_t n, uint64_t now_usec);
/* Microseconds until a bucket of TOKENS, as rate_tokens() returned them, has one. */
uint64_t rate_wait_usec(Rate r, int64_t tokens);
/* Returns how many tokens may be taken; or 0, and after how many microseconds there is one. */
uint64_t rate_left(Rate r, const RateBucket *b, uint64_t now_usec, uint64_t *ret_wait_usec);
