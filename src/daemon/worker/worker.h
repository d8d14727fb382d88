/* SPDX-License-Identifier: MIT */
/*
 * A thread with one event loop, which owns streams, UDP sockets and an intake. Owned by the
 * Workers. Other threads may use its mailbox, handover, number of streams, pulse and peers; the
 * main thread may use all of it while it waits at the gate or does not run.
 */
#pragma once

#include "daemon/intake/intakes.h"
#include "daemon/loop/loop.h"
#include "daemon/loop/mailbox.h"
#include "daemon/net/acceptor.h"
#include "daemon/worker/handover.h"
#include <pthread.h>
#include <stdbool.h>

typedef struct Datagrams Datagrams;
typedef struct Peers Peers;
typedef struct Streams Streams;
typedef struct Workers Workers;

typedef enum WorkerState {
        WORKER_SERVING,
        WORKER_DRAINING, /* reads what was queued at the stop */
        WORKER_ENDING,   /* waits for commits, and for peers to read their receipts */
        WORKER_DONE,
} WorkerState;

typedef struct Worker {
        Workers *workers; /* its owner, and what all workers share */
        pthread_t thread;
        bool started; /* the thread exists */
        bool gave_up; /* not everything was stored in time */
        WorkerState state;
        Loop loop;
        Mailbox mailbox;
        Source mail_source;
        Handover handover;
        AcceptorSink sink;
        Acceptor acceptor;
        Streams *streams;
        Datagrams *datagrams;
        Intakes intakes;
        Peers *peers;
        bool flush_wanted;        /* a receipt waits for a flush of what was handed over */
        unsigned n_write_delayed; /* wake-ups that have delayed a write, … */
        unsigned n_flush_delayed; /* … a flush */
        bool has_handshakes;      /* some wait for their turn */
        bool gate_wanted;         /* go to the gate at the end of the wake-up */
        bool inquired;            /* answer the inquiry at the end of the wake-up */
        bool changed;             /* call worker_change_in_thread() after the gate */
        uint64_t answered_round;  /* of inquiries */
} Worker;

/* SALT: of ids, the same for all. Returns 0 or negative errno; call worker_done() in either case. */
int worker_init(Worker *w, Workers *workers, unsigned index, uint32_t salt);
void worker_done(Worker *w);
int worker_start(Worker *w);
void worker_join(Worker *w); /* after MAIL_STOP, or if it never started */
