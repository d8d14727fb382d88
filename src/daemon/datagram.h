/* SPDX-License-Identifier: MIT */
/*
 * A UDP socket at work: each datagram is a message. Served by one worker, so the datagrams of a
 * peer keep their order. Owned by its worker.
 */
#pragma once

#include "core/address.h"
#include "daemon/commit.h"
#include "daemon/poller.h"

typedef struct Datagram Datagram;
typedef struct DatagramBatch DatagramBatch;
typedef struct ListenerSocket ListenerSocket;
typedef struct Worker Worker;

struct Datagram {
        Source source; /* first: the poller knows only this */
        Datagram *next;
        Worker *worker;
        ListenerSocket *origin;  /* owns the descriptor */
        bool any;                /* bound to every address: each datagram says where it came to */
        uint32_t drops_seen;     /* the kernel's count; wraps */
        uint32_t receive_buffer; /* bytes, as the kernel counts them */
        bool polled;             /* datagram_poll.h */
        unsigned n_window;       /* datagrams since window_usec */
        uint64_t window_usec;
        Addressee addressee;
        bool drained; /* what was queued when it was to end is taken in */
};

/* Starts to serve the socket in W, whose thread does not run. Returns 0 or negative errno. */
int datagram_new(Worker *w, ListenerSocket *origin, Datagram **ret);
/* No commit names it. */
Datagram *datagram_free(Datagram *d);
/* The settings of its listener have changed. */
void datagram_adapt(Datagram *d);

/* Takes in what is there, at most so many datagrams. Returns how many. */
#define DATAGRAM_RECEIVE_MAX 512
unsigned datagram_receive(Datagram *d);
/*
 * The end of it: takes in what the socket's queue holds now, as far as outputs have room; true: all
 * of it.
 */
bool datagram_drain(Datagram *d);
/* Asks the kernel what it has dropped so far. */
void datagram_note_drops(Datagram *d);

/* Memory for one recvmmsg(2), shared by the UDP sockets of a worker. NULL: out of memory. */
DatagramBatch *datagram_batch_new(void);
DatagramBatch *datagram_batch_free(DatagramBatch *b);
