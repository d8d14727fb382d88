/* SPDX-License-Identifier: MIT */
/*
 * One accepted TCP connection: read, framed, answered in order, closed without losing what was
 * said. Owned by one worker from its birth to its end; freed at the end of a wake-up, never inside
 * one.
 *
 *   reading ──► finishing (waits for receipts) ──► lingering (writing is shut) ──► dead
 */
#pragma once

#include "core/frame.h"
#include "core/timer.h"
#include "daemon/commit.h"
#include "daemon/poller.h"

typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Stream Stream;
typedef struct StreamUnsent StreamUnsent;
typedef struct Worker Worker;

typedef enum StreamState {
        STREAM_READING,   /* waits for the peer's bytes */
        STREAM_FINISHING, /* waits for commits and for the peer to take its receipts */
        STREAM_LINGERING, /* waits for the peer to close; what it still sends is discarded */
        STREAM_DEAD,      /* closed; waits for commits that name it */
} StreamState;

typedef struct StreamBacklog {
        size_t size;
        char bytes[];
} StreamBacklog;

struct Stream {
        Source source; /* first: the poller knows only this */
        Addressee addressee;
        Worker *worker;
        Listener *listener;
        ListenerSocket *origin; /* counts the stream */
        Stream *next;           /* in one of the worker's lists */
        Stream **prev_next;
        StreamUnsent *unsent;   /* receipts that the peer does not take; NULL: none */
        StreamBacklog *backlog; /* input read but not framed: an output has no room; NULL: none */
        Timer timer;
        uint64_t id, opened_usec; /* for people: never used again; CLOCK_REALTIME */
        uint64_t n_messages, n_bytes;
        uint64_t last_usec; /* the last byte in either direction; lingering: the start of it */
        Frame frame;
        int fd;
        uint32_t interest; /* what the poller was told */
        int drain_left;    /* stopping: bytes of the socket's queue still to be taken in */
        uint8_t state;
        bool eof;      /* the peer has ended its side */
        bool deaf;     /* the peer takes no receipts any more: only read to its end */
        bool held;     /* an output fails and there are no receipts to say so: not read */
        bool draining; /* stopping: reads only what was queued then */
        bool resting;  /* in the worker's list of streams with a rest */
        uint8_t peer_text_size;
        Address peer;
        char peer_text[];
};

/* Takes FD on success. Returns 0 or negative errno. */
int stream_new(Worker *w, ListenerSocket *origin, int fd, const Address *peer);
/* Only for streams that are dead and named by no commit, or when the worker itself ends. */
Stream *stream_free(Stream *s);

/* At the end of the input, or after message_timeout: the rest is a message. */
void stream_take_in_rest(Stream *s);

/* Goes on where an output had no room. */
void stream_resume_backlog(Stream *s);
/* The outputs work again. */
void stream_release(Stream *s);
/* The settings of its listener have changed. */
void stream_adapt(Stream *s);
/* Takes in what the socket's queue holds now, then ends. */
void stream_drain(Stream *s);
