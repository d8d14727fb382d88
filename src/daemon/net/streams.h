/* SPDX-License-Identifier: MIT */
/* The streams of one worker, with what they share. Owned by the worker; touched by its thread only. */
#pragma once

#include "core/address.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

typedef struct Admission Admission;
typedef struct ConfigLimits ConfigLimits;
typedef struct Intake Intake;
typedef struct ListenerSocket ListenerSocket;
typedef struct Loop Loop;
typedef struct Peers Peers;
typedef struct Stream Stream;
typedef struct StreamList StreamList;
typedef struct Streams Streams;

#define STREAMS_READ_SIZE (256 * 1024)
/* Of the read buffer, for receipts: as many as one read of short messages wants. */
#define STREAMS_SEND_SIZE (128 * 1024)

/* In the order in which they were added. A stream is in one list at a time. */
TAILQ_HEAD(StreamList, Stream);

struct Streams {
        Loop *loop; /* borrowed, as the next three */
        Intake *intake;
        Admission *admission;
        Peers *peers;
        atomic_uint n_open;         /* read by any thread */
        StreamList whole;           /* open, without a partial message */
        StreamList partial;         /* open, with one, in the order in which these began */
        StreamList referred;        /* dead, but commits refer to them */
        StreamList unused;          /* dead; freed at the end of the wake-up */
        Stream *blocked;            /* has a backlog; NULL: none */
        bool partial_over;          /* partial messages hold more memory than they may */
        bool draining;              /* the worker stops */
        bool shows_local;           /* an output shows local addresses */
        size_t n_read;              /* bytes read since the caller set it to 0 */
        size_t message_size;        /* limits.message_size */
        uint64_t idle_timeout_usec; /* 0: never */
        char *buffer; /* STREAMS_READ_SIZE bytes: input; once that is taken in, receipts */
};

/* Everything is borrowed. NULL: out of memory. */
Streams *streams_new(Loop *loop, Intake *intake, Admission *admission, Peers *peers);
/* Closes them all. */
Streams *streams_free(Streams *a);
/* While the worker does not run. */
void streams_configure(Streams *a, const ConfigLimits *limits, bool shows_local);

/*
 * Takes FD, whose place was admitted and which ORIGIN counts: it becomes a stream, or is closed when
 * there is no memory for one.
 */
void streams_add(Streams *a, ListenerSocket *origin, int fd, const Address *peer);
/* After a reload: those whose listener is gone drain. */
void streams_reconfigure(Streams *a);
/* An output has room again, or works again. */
void streams_resume(Streams *a);
void streams_release(Streams *a);
/* Partial messages hold too much: closes the stream with the oldest, which is counted refused. */
void streams_refuse_oldest_partial(Streams *a);
/* At the end of a wake-up: an event that was reported with others still finds its stream until then. */
void streams_free_unused(Streams *a);

/* The worker stops: what is queued now is still taken in. */
void streams_drain(Streams *a);
bool streams_are_drained(const Streams *a);
/* Nothing is left, nor referred to. */
bool streams_are_gone(const Streams *a);
/* Closes those that do not read their receipts. */
void streams_abort_unsent(Streams *a);

/* Calls VISIT for each that is open; it may end the stream. */
void streams_for_each(Streams *a, void (*visit)(Stream *s, void *userdata), void *userdata);
