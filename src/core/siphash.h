/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012), for tables whose keys peers choose: without the seed
 * they cannot aim at one place of a table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct SiphashSeed {
        uint64_t words[2];
} SiphashSeed;

/* Returns 0, or -EAGAIN when the kernel gave no random bytes. */
int siphash_seed(SiphashSeed *ret);
uint64_t siphash(const SiphashSeed *seed, const void *data, size_t size);
