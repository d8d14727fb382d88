/* SPDX-License-Identifier: MIT */
/* An event that any thread raises and one thread polls for (eventfd(2)). Embedded in its owner. */
#pragma once

#include <stdint.h>

typedef struct Doorbell {
        int fd; /* owned; readable from a ring until it is answered; -EBADF: none */
} Doorbell;

#define DOORBELL_NONE ((Doorbell){ .fd = -EBADF })

/* Returns 0 or negative errno; the doorbell is DOORBELL_NONE then. */
int doorbell_init(Doorbell *d);
/* DOORBELL_NONE is fine. */
void doorbell_done(Doorbell *d);

void doorbell_ring(Doorbell *d);
/* Returns how often it was rung since the last answer, 0 included. */
uint64_t doorbell_answer(Doorbell *d);
