/* SPDX-License-Identifier: MIT */
/* For the fuzz programs: the function that each of them is, memory of an exact size, and dice. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For free(). A sanitizer sees the first byte beyond it. */
static inline char *exactly(size_t n) {
        char *p = malloc(n > 0 ? n : 1);

        if (!p)
                abort();
        return p;
}

/* The input as a text: up to its first NUL. For free(). */
static inline char *exact_text(const void *data, size_t size) {
        size_t n = strnlen(data, size);
        char *text = exactly(n + 1);

        memcpy(text, data, n);
        text[n] = '\0';
        return text;
}

/* Less than N; the same numbers for the same seed (xorshift64*). */
static inline size_t roll(uint64_t *seed, size_t n) {
        uint64_t x = *seed + UINT64_C(88172645463325252) * (*seed == 0);

        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        *seed = x;
        return (size_t)((x * UINT64_C(2685821657736338717)) >> 33) % n;
}
