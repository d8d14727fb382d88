/* SPDX-License-Identifier: MIT */
/* The streams of a worker and what they share. Owned by it, used by its thread only. */
#pragma once

#include "core/address.h"
#include "core/timer.h"
#include "daemon/net/listener_socket.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

typedef struct Admission Admission;
typedef struct ConfigLimits ConfigLimits;
typedef struct Intakes Intakes;
typedef struct Pace Pace;
typedef struct Peers Peers;
typedef struct Stream Stream;
typedef struct StreamList StreamList;
typedef struct Streams Streams;
typedef struct Turns Turns;

#define STREAMS_READ_SIZE (256 * 1024)
/* The part of the read buffer used for receipts: enough for one read of short messages. */
#define STREAMS_SEND_SIZE (128 * 1024)

/* In order of insertion. A stream is in one list at a time. */
TAILQ_HEAD(StreamList, Stream);

struct Streams {
        Loop *loop; /* borrowed, as the next four */
        const Intakes *intakes;
        Admission *admission;
        Pace *pace;
        Peers *peers;
        Turns *turns,
                *handshakes;    /* owned: streams with events that wait; those that are securing */
        atomic_uint n_open;     /* read by any thread, as the next one */
        atomic_uint n_greeting; /* of them, those whose messages cannot come yet */
        atomic_uint n_tls;      /* and those with tls */
        StreamList whole;       /* open, without a partial message */
        StreamList partial;     /* open, with one; the oldest first */
        StreamList referred;    /* dead, referred to by commits */
        StreamList unused;      /* dead; freed at the end of the wake-up */
        Stream *blocked;        /* streams that have a backlog: at most one for each intake */
        size_t n_without_room;  /* streams that wait for room in their intake */
        Timer pace_timer;       /* runs while streams are held back */
        bool partial_over;      /* partial messages exceed their limit */
        bool draining;          /* the worker stops */
        bool shows_local;       /* an output shows local addresses */
        bool takes_turns;       /* a stream with events waits for the turn of its peer */
        size_t n_read;          /* bytes read since the caller set it to 0 */
        size_t message_size;    /* limits.message_size */
        uint64_t idle_timeout_usec; /* 0: never */
        char *tls_buffer;           /* NULL until it is needed; see stream_tls.c */
        char *buffer;               /* STREAMS_READ_SIZE bytes: first input, then receipts */
};

/* Everything is borrowed. NULL: out of memory. */
Streams *streams_new(Loop *loop, const Intakes *intakes, Admission *admission, Pace *pace,
                     Peers *peers);
/* Closes them all. */
Streams *streams_free(Streams *a);
/* While the worker does not run. */
void streams_configure(Streams *a, const ConfigLimits *limits, bool shows_local);

/* Takes FD, for which a place is taken and which ORIGIN counts. Closes it if memory is short. */
void streams_add(Streams *a, ListenerSocket *origin, int fd, const Address *peer, PeerKind kind);
size_t streams_waiting(const Streams *a); /* how many wait for their turn */
/*
 * Serves the stream whose turn it is, unless none waits. Returns what that cost, as the number of bytes
 * that could have been read instead; 0: none waits.
 */
size_t streams_serve_next(Streams *a);
/* Shakes hands with those that wait, for a millisecond. Returns whether some are left. */
bool streams_shake_hands(Streams *a);
/* After a reload: streams without a listener drain. */
void streams_reconfigure(Streams *a);
/* An output has room again; works again. */
void streams_resume(Streams *a);
void streams_release(Streams *a);
/*
 * While partial messages exceed their limit: closes the stream with the oldest one, counted refused.
 * To be called before another stream is read.
 */
void streams_limit_partial(Streams *a);
/* To be called at the end of a wake-up: events reported earlier may refer to the streams. */
void streams_free_unused(Streams *a);

/* The worker stops: reads what is queued now. */
void streams_drain(Streams *a);
bool streams_are_drained(const Streams *a);
/* Whether none is left, nor referred to. */
bool streams_are_gone(const Streams *a);
/* Closes those with unread receipts. */
void streams_abort_unsent(Streams *a);

/* Calls VISIT, which may end the stream, for each open one. */
void streams_for_each(Streams *a, void (*visit)(Stream *s, void *userdata), void *userdata);
