/* SPDX-License-Identifier: MIT */
/*
 * Who has sent how much: a table of bounded size, in which those who send most stay. A new address
 * takes the place of one that has sent least among the few that share its place; which ones do
 * depends on a secret, so nobody can aim at a place. Figures are exact since the address came into
 * the table. Thread-safe, but meant for one writer: the mutex is hardly ever contended.
 */
#pragma once

#include "core/address.h"
#include <stddef.h>
#include <stdint.h>

#define PEERS_MAX 4096

typedef struct Peers Peers;

typedef struct Peer {
        Address address;          /* port 0 */
        uint64_t received, bytes; /* messages */
        uint64_t refused;         /* messages and streams turned away by a limit */
        uint64_t connections_accepted;
        uint64_t first_seen_usec, last_seen_usec; /* CLOCK_REALTIME */
} Peer;

Peers *peers_new(void); /* NULL: out of memory, or the kernel gave no random bytes */
Peers *peers_free(Peers *p);

/* Adds the figures of NEWS, whose port and first_seen_usec do not count, to those of its address. */
void peers_note(Peers *p, const Peer *news);

/* How many had to leave the table so far. */
uint64_t peers_forgotten(const Peers *p);
/* Copies the table to RET, which has room for PEERS_MAX. Returns how many there are. */
size_t peers_copy(Peers *p, Peer *ret);
/* Entries of the same address, from several tables, become one; most messages first. Returns how many. */
size_t peers_merge(Peer *array, size_t n);
