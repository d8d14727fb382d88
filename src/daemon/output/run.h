/* SPDX-License-Identifier: MIT */
/* Pending receipts: runs of messages of a stream, and single datagrams. */
#pragma once

#include "core/address.h"
#include "core/id.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

typedef struct Addressee Addressee;
typedef struct Receipt Receipt;
typedef struct Run Run;
typedef struct Stats Stats;

/* Where receipts go. Embedded in a stream or a UDP socket, which outlives all that refers to it. */
struct Addressee {
        /*
         * Sends the receipts of RUN, which is stored, or failed with ERROR (positive errno), and
         * decrements n_pending. LATENCY_USEC: since the messages arrived. NULL for what gets
         * replies only.
         */
        void (*answer)(Addressee *a, const Run *run, int error, uint64_t latency_usec);
        uint32_t n_pending; /* runs and replies in commits */
};

/* Messages of one read with consecutive ids. */
struct Run {
        Addressee *addressee; /* NULL: no receipts */
        Stats *stats;         /* counts its messages */
        const Receipt *receipt;
        Id first;
        uint32_t count;
        bool truncated; /* applies to all of them */
};

/* Where the receipts of datagrams of a local socket go. */
typedef struct ReplyName {
        unsigned n_refs; /* its worker's */
        socklen_t size;
        struct sockaddr_un name;
} ReplyName;

/* The pending receipt of one datagram. */
typedef struct Reply {
        Addressee *addressee;
        const Receipt *receipt;
        ReplyName *name; /* a reference, dropped when it is sent; NULL: PEER says it */
        Address peer;
        Address local;     /* the address the datagram came to */
        uint32_t size_max; /* size of the datagram: the receipt is not longer */
        bool truncated;
        Id id;
} Reply;
