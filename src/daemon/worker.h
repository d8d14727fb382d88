/* SPDX-License-Identifier: MIT */
/*
 * A thread with one event loop, which owns streams, UDP sockets and an intake. Nothing in it is
 * touched by other threads but its mailbox, n_streams and the table of peers.
 */
#pragma once

#include "core/peers.h"
#include "core/timer.h"
#include "daemon/datagram_poll.h"
#include "daemon/intake.h"
#include "daemon/mailbox.h"
#include "daemon/poller.h"
#include "daemon/pulse.h"
#include "daemon/stream_list.h"

typedef struct DatagramBatch DatagramBatch;
typedef struct Quota Quota;
typedef struct Server Server;

#define WORKER_READ_SIZE (256 * 1024)
#define WORKER_SEND_SIZE (64 * 1024)

typedef enum WorkerState {
        WORKER_SERVING,
        WORKER_DRAINING, /* takes in what was queued at the stop */
        WORKER_ENDING,   /* waits for commits and for peers to take their receipts */
        WORKER_DONE,
} WorkerState;

typedef struct Worker {
        Server *server;
        unsigned index;
        pthread_t thread;
        bool started, gave_up; /* the thread exists; not all was stored in time */
        WorkerState state;
        int epoll_fd;
        Mailbox mailbox;
        Source mail_source;
        TimerWheel wheel;
        uint64_t now_usec; /* CLOCK_MONOTONIC at the start of the wake-up */
        Intake intake;
        Pulse pulse;
        atomic_uint n_streams;
        StreamList streams; /* open, without a rest */
        StreamList resting; /* open, with a rest, in the order in which the rests began */
        StreamList named,
                dead;    /* closed: commits still name them; freed at the end of the wake-up */
        Stream *stalled; /* has input that was read but has no room in an output */
        bool rests_over, flush_wanted; /* rests hold too much memory; somebody waits for a flush */
        uint8_t n_put_off, n_written_later; /* wake-ups for which a flush, a write was put off */
        ListenerSocket *listeners;          /* served by this worker */
        Datagram *datagrams;
        DatagramBatch *batch; /* NULL without datagrams */
        DatagramPolls polls;
        Timer drops_timer;       /* for the next look at what the kernel dropped */
        bool gate_wanted, asked; /* at the end of the wake-up, go to the gate, answer an inquiry */
        bool changed;            /* adapt after the gate */
        uint64_t answered_round; /* of inquiries */
        size_t n_leaving;        /* UDP sockets that are */
        Peers *peers;            /* read by the main thread too */
        Quota *quota;            /* borrowed from the server, as are the figures that follow */
        size_t message_size, n_read; /* n_read: bytes from streams since the last commit */
        uint64_t idle_timeout_usec;
        bool shows_local;                /* an output shows local addresses */
        char *read_buffer, *send_buffer; /* WORKER_READ_SIZE, WORKER_SEND_SIZE bytes */
} Worker;

int worker_init(Worker *w, Server *server, unsigned index, const Id *first_id);
void worker_done(Worker *w);
int worker_start(Worker *w);
void worker_join(Worker *w); /* its mailbox has MAIL_STOP, or it never started */
int worker_serve_datagrams(Worker *w, ListenerSocket *s); /* while the thread does not run */
/* To the least busy worker. Takes FD on success. */
int worker_hand_over(Worker *w, ListenerSocket *origin, int fd, const Address *peer);
void worker_release_held(Worker *w); /* they work: streams that were held back are read again */
bool worker_is_own_udp_port(const Worker *w, uint16_t port);
/* Listeners that found no place for a stream may look again. */
void worker_place_is_free(const Worker *w);
