/* SPDX-License-Identifier: MIT */
/*
 * What each address has sent: a table of bounded size that keeps the busiest. A new address evicts
 * the one of its set that has sent least; sets are chosen by a keyed hash, so a peer cannot choose
 * its set. Counters are exact since the address entered the table. Thread-safe, but meant for one
 * writer: the mutex is hardly ever contended.
 */
#pragma once

#include "core/address.h"
#include <stddef.h>
#include <stdint.h>

#define PEERS_MAX 4096
/* peers_format(): an address, eight numbers with a space before each, NUL. */
#define PEERS_LINE_MAX (ADDRESS_TEXT_MAX + 8 * 21)

typedef struct Peers Peers;

typedef struct Peer {
        Address address;          /* port 0 */
        uint64_t received, bytes; /* messages */
        uint64_t refused;         /* messages and streams refused because of a limit */
        uint64_t denied;          /* datagrams and streams denied by an access list */
        uint64_t connections_accepted;
        uint64_t held_back_usec;                  /* the sum over its connections */
        uint64_t first_seen_usec, last_seen_usec; /* CLOCK_REALTIME */
} Peer;

Peers *peers_new(void); /* NULL: out of memory, or the kernel gave no random bytes */
Peers *peers_free(Peers *p);

/* Adds the counters of NEWS to those of its address; its port and first_seen_usec are ignored. */
void peers_note(Peers *p, const Peer *news);

/* Addresses evicted so far. */
uint64_t peers_forgotten(const Peers *p);
/* Copies the table to RET, which has room for PEERS_MAX. Returns how many there are. */
size_t peers_copy(Peers *p, Peer *ret);
/* Entries of the same address, from several tables, become one; most messages first. Returns how many. */
size_t peers_merge(Peer *array, size_t n);

/* One line without its line feed, for a file that outlives the table. */
void peers_format(const Peer *e, char buf[static PEERS_LINE_MAX]);
/*
 * The line may be anything. Returns 0, -ENODEV if the interface of a link-local address does not
 * exist now, or -EINVAL.
 */
int peers_parse(const char *line, Peer *ret);
