/* SPDX-License-Identifier: MIT */
/*
 * A UDP socket at work: each datagram is a message. Served by one worker, so the datagrams of a
 * peer keep their order. Owned by its Datagrams.
 */
#pragma once

#include "core/address.h"
#include "daemon/loop/loop.h"
#include "daemon/net/datagram_poll.h"
#include "daemon/output/run.h"

typedef struct Datagram Datagram;
typedef struct DatagramBatch DatagramBatch;
typedef struct Datagrams Datagrams;
typedef struct ListenerSocket ListenerSocket;

struct Datagram {
        Source source; /* first: the loop knows only this */
        Addressee addressee;
        Datagram *next;
        Datagrams *datagrams;
        ListenerSocket *origin;  /* owns the descriptor */
        bool any;                /* bound to every address: each datagram says where it came to */
        bool drained;            /* what was queued when it was to end is taken in */
        uint32_t drops_seen;     /* the kernel's count; wraps */
        uint32_t receive_buffer; /* bytes, as the kernel counts them */
        DatagramPoll poll;
};

/* Starts to serve the socket, while the thread does not run or in it. Returns 0 or negative errno. */
int datagram_new(Datagrams *all, ListenerSocket *origin, Datagram **ret);
/* No commit refers to it. */
Datagram *datagram_free(Datagram *d);
/* The settings of its listener have changed. Polling starts over, if they allow it. */
void datagram_reconfigure(Datagram *d);

/* Takes in what is there, at most so many datagrams. Returns how many. */
#define DATAGRAM_RECEIVE_MAX 512
unsigned datagram_receive(Datagram *d);
/*
 * Ends it: takes in what is in the socket's queue now, as far as outputs have room; true: all of
 * it.
 */
bool datagram_drain(Datagram *d);
/* Asks the kernel what it has dropped so far. */
void datagram_note_drops(Datagram *d);
/* In a second, all sockets of the worker are to be asked. */
void datagram_expect_drops(Datagrams *all);

/* Memory for one recvmmsg(2), shared by the UDP sockets of a worker. NULL: out of memory. */
DatagramBatch *datagram_batch_new(void);
DatagramBatch *datagram_batch_free(DatagramBatch *b);
