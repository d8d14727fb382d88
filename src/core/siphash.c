/* SPDX-License-Identifier: MIT */
/* One compression round a word, three finalization rounds. */

#include "core/siphash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

int siphash_seed(SiphashSeed *ret) {
        return getrandom(ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) ? 0 : -EAGAIN;
}

static inline uint64_t rotate(uint64_t x, unsigned n) {
        return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[static 4]) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
}

static inline void compress(uint64_t v[static 4], uint64_t word) {
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
}

uint64_t siphash(const SiphashSeed *seed, const void *data, size_t size) {
        uint64_t v[4] = {
                seed->words[0] ^ UINT64_C(0x736f6d6570736575),
                seed->words[1] ^ UINT64_C(0x646f72616e646f6d),
                seed->words[0] ^ UINT64_C(0x6c7967656e657261),
                seed->words[1] ^ UINT64_C(0x7465646279746573),
        };
        const char *p = data;
        uint64_t word, last = 0;
        size_t n = size;

        for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                compress(v, le64toh(word));
        }
        memcpy(&last, p, n);
        compress(v, le64toh(last) | (uint64_t)size << 56);

        v[2] ^= 0xff;
        sip_round(v);
        sip_round(v);
        sip_round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
}
