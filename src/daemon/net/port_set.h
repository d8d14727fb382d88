/* SPDX-License-Identifier: MIT */
/* A set of port numbers: the UDP ports that sockd itself is bound to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Initially all zero. */
typedef struct PortSet {
        uint64_t bits[65536 / 64];
} PortSet;

static inline void port_set_add(PortSet *s, uint16_t port) {
        s->bits[port / 64] |= UINT64_C(1) << (port % 64);
}

static inline bool port_set_has(const PortSet *s, uint16_t port) {
        return s->bits[port / 64] >> (port % 64) & 1;
}
