/* SPDX-License-Identifier: MIT */
/*
 * Keeps what each peer has sent across restarts: reads the file "peers" of the state directory at
 * the start, and adds the tables of all workers to it. A thread of its own replaces the file while
 * something has changed, and once more at the end. Owned by the engine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Peer Peer;
typedef struct PeerStore PeerStore;
typedef struct Workers Workers;

/*
 * DIRECTORY: as in $STATE_DIRECTORY; NULL: keeps nothing. What cannot be read is logged and left
 * out. WORKERS must outlive the store. Returns 0 or negative errno.
 */
int peer_store_new(const Workers *workers, const char *directory, PeerStore **ret);
/* Waits for the thread, which saves once more. */
PeerStore *peer_store_free(PeerStore *s);

/* All peers, most messages first; at most PEERS_MAX, and the caller frees them. Any thread. */
int peer_store_collect(const PeerStore *s, Peer **ret, size_t *ret_n);

/* Asks the thread to save and to end. */
void peer_store_stop(PeerStore *s);
/* Afterwards: returns whether it has ended by DEADLINE (CLOCK_MONOTONIC); logs it if not. */
bool peer_store_wait(PeerStore *s, uint64_t deadline_usec);
