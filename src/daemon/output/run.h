/* SPDX-License-Identifier: MIT */
/* Receipts that wait for their messages to be stored: runs of a stream, single datagrams. */
#pragma once

#include "core/address.h"
#include "core/id.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Addressee Addressee;
typedef struct Receipt Receipt;
typedef struct Run Run;
typedef struct Stats Stats;

/* Whoever receipts go to. Embedded in a stream or a UDP socket, which outlives what refers to it. */
struct Addressee {
        /*
         * The messages of RUN are stored, or ERROR (positive errno) says why not: sends their
         * receipts and counts n_pending down. LATENCY_USEC: since they were taken in. NULL: it gets
         * replies, not runs.
         */
        void (*answer)(Addressee *a, const Run *run, int error, uint64_t latency_usec);
        uint32_t n_pending; /* runs and replies that commits hold for it */
};

/* Messages of one read with consecutive ids. */
struct Run {
        Addressee *addressee; /* NULL: nobody is told */
        Stats *stats;         /* where its messages are counted */
        const Receipt *receipt;
        Id first;
        uint32_t count;
        bool truncated; /* all of them, or none */
};

/* One datagram that wants an answer. */
typedef struct Reply {
        Addressee *addressee;
        const Receipt *receipt;
        Address peer;
        Address local;     /* the address the datagram came to */
        uint32_t size_max; /* bytes of the datagram: the receipt is not longer */
        bool truncated;
        Id id;
} Reply;
