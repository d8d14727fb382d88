/* SPDX-License-Identifier: MIT */
/*
 * limits.message_rate_per_peer: how many messages a peer may send now, over all its streams and
 * datagrams. Logs when peers begin to be held back, and when that has ended. One per server, shared
 * by all workers; thread-safe.
 */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct ConfigLimits ConfigLimits;
typedef struct Pace Pace;

Pace *pace_new(const ConfigLimits *limits); /* NULL: out of memory */
Pace *pace_free(Pace *p);
/* Changes the limit, while no worker runs. With a new limit, all peers begin anew. */
void pace_change(Pace *p, const ConfigLimits *limits);

/* There is a limit; without one the next three need not be called. */
bool pace_is_limited(const Pace *p);
/*
 * Returns how many messages PEER may send now, at least 1; or 0, and for how many microseconds it
 * is to be held back.
 */
uint64_t pace_left(Pace *p, const Address *peer, uint64_t now_usec, uint64_t *ret_wait_usec);
/* PEER has sent N messages, which may be more than it had left. */
void pace_take(Pace *p, const Address *peer, uint64_t n, uint64_t now_usec);
/* A stream was held back for USEC. */
void pace_note_held(Pace *p, uint64_t usec);
/* A datagram of PEER was refused. */
void pace_note_refused(Pace *p, const Address *peer, uint64_t now_usec);

/* Logs the end after 10 s without a peer that sends too fast. To be called every second while true. */
bool pace_report(Pace *p, uint64_t now_usec);
