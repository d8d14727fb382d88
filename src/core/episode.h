/* SPDX-License-Identifier: MIT */
/*
 * A fault that lasts is told twice: when it begins, and when it is over, with what it has cost
 * between. It is over when there was no sign of it for a while, so one that comes and goes is one.
 * Thread-safe: each beginning and each end is seen by one caller. All zero: there is none.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Episode {
        _Atomic uint64_t sign_usec; /* the last sign of it, CLOCK_MONOTONIC; 0: there is none */
        _Atomic uint64_t n_seen;    /* what it had cost at the last look */
        _Atomic uint64_t n_told;    /* what those that are over have cost */
} Episode;

/* A sign of it. Returns true when it begins. */
bool episode_sign(Episode *e, uint64_t now_usec);
/* It cannot be over yet, if there is one. */
void episode_extend(Episode *e, uint64_t now_usec);
bool episode_lasts(const Episode *e);
/*
 * Returns true when it ends: the last sign is QUIET_USEC old. N: what all there ever were have cost
 * by now; *ret_n: what was not told yet.
 */
bool episode_ends(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec, uint64_t *ret_n);

typedef enum EpisodeTurn {
        EPISODE_AS_BEFORE,
        EPISODE_BEGINS,
        EPISODE_ENDS,
} EpisodeTurn;

/* For a fault whose only sign is that N has grown since the last look. */
EpisodeTurn episode_look(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec,
                         uint64_t *ret_n);
