/* SPDX-License-Identifier: MIT */
/* Receipts that wait for their messages to be stored: runs of a stream, single datagrams. */
#pragma once

#include "core/address.h"
#include "core/id.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Datagram Datagram;
typedef struct Listener Listener;
typedef struct Receipt Receipt;
typedef struct Stream Stream;

/* Messages of one read with consecutive ids. */
typedef struct Run {
        Stream *stream; /* counted in its n_runs; NULL: nobody is told */
        Listener *listener;
        const Receipt *receipt; /* NULL: none wanted */
        Id first;
        uint32_t count;
        bool truncated; /* all of them, or none */
} Run;

/* One datagram that wants an answer. */
typedef struct Reply {
        Datagram *datagram;
        const Receipt *receipt;
        Address peer;
        Address local;      /* the address the datagram came to */
        unsigned interface; /* index, 0 = let the kernel route */
        uint32_t size_max;  /* bytes of the datagram: the receipt is not longer */
        bool truncated;
        Id id;
} Reply;
