/* SPDX-License-Identifier: MIT */
/*
 * A socket for datagrams being served: each of them is a message. Served by one worker, so the datagrams of
 * a peer stay in order. Owned by its Datagrams.
 */
#pragma once

#include "core/address.h"
#include "daemon/loop/loop.h"
#include "daemon/net/datagram_poll.h"
#include "daemon/output/run.h"

typedef struct Datagram Datagram;
typedef struct DatagramBatch DatagramBatch;
typedef struct Datagrams Datagrams;
typedef struct Intake Intake;
typedef struct ListenerSocket ListenerSocket;

struct Datagram {
        Source source; /* first: the loop knows only this */
        Addressee addressee;
        Datagram *next;
        Datagrams *datagrams;
        Intake *intake;         /* of the listener's route */
        ListenerSocket *origin; /* owns the descriptor */
        ReplyName *last_name;   /* of a Unix socket: the last one that is answered; a reference */
        bool any;     /* bound to the wildcard address: each datagram says where it was sent to */
        bool drained; /* what was queued when the drain began is read */
        uint32_t drops_seen;     /* the counter of the kernel; wraps */
        uint32_t receive_buffer; /* as the kernel counts it */
        DatagramPoll poll;
};

/* Serves it from now on. In the thread, or before that runs. Returns 0 or negative errno. */
int datagram_new(Datagrams *all, ListenerSocket *origin, Datagram **ret);
/* No commit may refer to it. */
Datagram *datagram_free(Datagram *d);
/* Its listener has new settings. Polling starts over if they allow it. */
void datagram_reconfigure(Datagram *d);

/* Receives at most DATAGRAM_RECEIVE_MAX datagrams. Returns how many. */
#define DATAGRAM_RECEIVE_MAX 512
unsigned datagram_receive(Datagram *d);
/* Receives what is queued now, as far as outputs have room. Returns true when that is done. */
bool datagram_drain(Datagram *d);
/* Memory for one recvmmsg(2), shared by the sockets of a worker. NULL: out of memory. */
DatagramBatch *datagram_batch_new(void);
DatagramBatch *datagram_batch_free(DatagramBatch *b);
