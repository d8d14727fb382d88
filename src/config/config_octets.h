/* SPDX-License-Identifier: MIT */
/* A setting that is a set of numbers from 0 to 255. Zero is the empty set. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct ConfigOctets {
        uint64_t bits[4];
} ConfigOctets;

static inline void config_octets_add(ConfigOctets *o, uint8_t octet) {
        o->bits[octet / 64] |= UINT64_C(1) << (octet % 64);
}

static inline bool config_octets_has(const ConfigOctets *o, uint8_t octet) {
        return o->bits[octet / 64] >> (octet % 64) & 1;
}

static inline bool config_octets_is_empty(const ConfigOctets *o) {
        return (o->bits[0] | o->bits[1] | o->bits[2] | o->bits[3]) == 0;
}
