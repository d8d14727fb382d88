/* SPDX-License-Identifier: MIT */
/*
 * A lasting fault is logged once when it begins and once when it ends, with what it has cost. It
 * counts as over after a quiet period, so an intermittent fault is one episode. Thread-safe: each
 * beginning and each end is returned to one caller. All zero: no fault.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Episode {
        _Atomic uint64_t sign_usec; /* last occurrence, CLOCK_MONOTONIC; 0: no fault */
        _Atomic uint64_t n_seen;    /* count at the last check */
        _Atomic uint64_t n_told;    /* count reported so far */
} Episode;

/* The fault has occurred. Returns true when an episode begins. */
bool episode_sign(Episode *e, uint64_t now_usec);
/* Restarts the quiet period of an episode, if there is one. */
void episode_extend(Episode *e, uint64_t now_usec);
bool episode_lasts(const Episode *e);
/*
 * Returns true when the episode ends: its last occurrence was QUIET_USEC ago. N: the count since the
 * start of the program; *ret_n: the part not reported yet.
 */
bool episode_ends(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec, uint64_t *ret_n);

typedef enum EpisodeTurn {
        EPISODE_AS_BEFORE,
        EPISODE_BEGINS,
        EPISODE_ENDS,
} EpisodeTurn;

/* For a fault that shows only in a count N that has grown since the last check. */
EpisodeTurn episode_look(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec,
                         uint64_t *ret_n);
