/* SPDX-License-Identifier: MIT */
/*
 * One accepted TCP connection: read, framed, answered in order, closed without losing what was
 * said. Owned by the Streams of one worker from its birth to its end; freed at the end of a wake-up,
 * never inside one.
 *
 *   reading ──► finishing (waits for receipts) ──► lingering (writing is shut) ──► dead
 */
#pragma once

#include "core/address.h"
#include "core/frame.h"
#include "core/timer.h"
#include "daemon/loop/loop.h"
#include "daemon/output/run.h"
#include <sys/queue.h>

typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Stream Stream;
typedef struct StreamUnsent StreamUnsent;
typedef struct Streams Streams;

typedef enum StreamState {
        STREAM_READING,   /* waits for the peer's bytes */
        STREAM_FINISHING, /* waits for commits and for the peer to read its receipts */
        STREAM_LINGERING, /* waits for the peer to close; what it still sends is discarded */
        STREAM_DEAD,      /* closed; waits for commits that refer to it */
} StreamState;

typedef struct StreamBacklog {
        size_t size;
        char bytes[];
} StreamBacklog;

struct Stream {
        Source source; /* first: the loop knows only this */
        Addressee addressee;
        Streams *streams;
        Listener *listener;
        ListenerSocket *origin;   /* counts the stream */
        TAILQ_ENTRY(Stream) link; /* in one of the lists of STREAMS */
        StreamUnsent *unsent;     /* receipts that the peer has not read; NULL: none */
        StreamBacklog *backlog;   /* input read but not framed: an output has no room; NULL: none */
        Timer timer;
        uint64_t id;                  /* for people: never used again */
        uint64_t opened_usec;         /* CLOCK_REALTIME */
        uint64_t n_messages, n_bytes; /* taken in */
        uint64_t last_usec; /* the last byte in either direction; lingering: the start of it */
        Frame frame;
        int fd;
        uint32_t interest; /* the events that the loop was asked for */
        int drain_left;    /* draining: bytes of the socket's queue still to be taken in */
        uint8_t state;     /* StreamState */
        bool eof;          /* the peer has shut down its side */
        bool unreachable;  /* the peer cannot be sent receipts any more: only read to its end */
        bool held_back;    /* an output fails and there are no receipts to say so: not read */
        bool draining;     /* reads only what was queued when the drain began */
        bool partial;      /* in the list of streams with a partial message */
        uint8_t peer_text_size;
        Address peer;
        char peer_text[]; /* as address_format() prints it, not terminated */
};

/* Takes FD on success. Returns 0 or negative errno. */
int stream_new(Streams *streams, ListenerSocket *origin, int fd, const Address *peer);
/* Only for streams that are dead and that no commit refers to, or when the worker itself ends. */
Stream *stream_free(Stream *s);

/* Goes on with the backlog, where an output had no room. */
void stream_resume(Stream *s);
/* The outputs work again: reads on if it was held back. */
void stream_release(Stream *s);
/* The settings of its listener have changed. */
void stream_reconfigure(Stream *s);
/* Takes in what the socket's queue holds now, then ends. */
void stream_drain(Stream *s);
/* By order of the operator: receipts under way still leave, unless it was ending already. */
void stream_disconnect(Stream *s);
