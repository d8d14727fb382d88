/* SPDX-License-Identifier: MIT */
/*
 * An accepted connection: input is framed into messages, receipts are sent in order, closing loses
 * neither. Owned by the Streams of one worker; freed only at the end of a wake-up.
 *
 *   opening (waits for the header of a proxy) ──► securing (shakes hands) ──► reading
 *   reading ──► finishing (waits for receipts) ──► lingering (writing is shut down) ──► dead
 */
#pragma once

#include "core/address.h"
#include "core/frame.h"
#include "core/timer.h"
#include "core/turns.h"
#include "daemon/loop/loop.h"
#include "daemon/output/run.h"
#include <sys/queue.h>

typedef struct Intake Intake;
typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Stream Stream;
typedef struct StreamBacklog StreamBacklog;
typedef struct StreamTls StreamTls;
typedef struct StreamUnsent StreamUnsent;
typedef struct StreamVia StreamVia;
typedef struct Streams Streams;

typedef enum StreamState {
        STREAM_OPENING,   /* waits for the header of a proxy (stream_open.h) */
        STREAM_SECURING,  /* shakes hands (stream_tls.h) */
        STREAM_READING,   /* waits for input */
        STREAM_FINISHING, /* waits for commits, and for the peer to read its receipts */
        STREAM_LINGERING, /* waits for the peer to close; input is discarded */
        STREAM_DEAD,      /* closed; commits may still refer to it */
} StreamState;

struct Stream {
        Source source; /* first: the loop knows only this */
        Addressee addressee;
        Streams *streams;
        Listener *listener;
        Intake *intake;           /* of the listener's route */
        ListenerSocket *origin;   /* where it came from; counts it */
        TAILQ_ENTRY(Stream) link; /* in one of the lists of STREAMS */
        Turn turn;                /* it waits to be served (streams_serve_next()) … */
        StreamUnsent *unsent;     /* unread receipts; NULL: none */
        StreamBacklog *backlog;   /* a part of the header, or input without room; NULL: none */
        StreamTls *tls;           /* NULL: its bytes are plain */
        StreamVia *via;           /* the proxy that forwards it; NULL: none */
        char *security;           /* the security context of a local peer; NULL: unknown */
        Timer timer;
        uint64_t id;                  /* shown to users; never reused */
        uint64_t opened_usec;         /* CLOCK_REALTIME */
        uint64_t n_messages, n_bytes; /* taken in */
        uint64_t last_usec; /* of the last byte in either direction; lingering: of its beginning */
        Frame frame;
        uint64_t paced_since_usec, paced_until_usec; /* held back (stream_pace.h); 0: it is not */
        int fd;
        uint32_t interest; /* the events that it is polled for */
        uint32_t ready;    /* … because of these events */
        int drain_left;    /* draining: queued bytes still to be read */
        int to_take;       /* bytes of receipts until its receive buffer may grow; 0: it may */
        uint8_t state;     /* StreamState */
        uint8_t unit;      /* TransportUnit */
        bool is_local;     /* of a Unix socket */
        bool eof;          /* the peer has closed its side */
        bool broken;       /* sending has told of a reset, which reading shows as an end then */
        bool unreachable;  /* receipts cannot be sent any more, or are not taken: only reads */
        uint8_t hold;      /* StreamHold: why it is not read (stream_hold.h) */
        bool hung_up;      /* the peer is gone: not polled until it is read again */
        bool draining;     /* reads only what was queued when draining began */
        bool partial;      /* has a part of a message or of a header: in that list */
        uint8_t peer_text_size;
        Address peer; /* opening: the proxy */
        /* From address_format(), behind a certificate's name and "@"; where it may change, with room. */
        char peer_text[];
};

/* Bytes that it reads may become messages. */
static inline bool stream_takes_input(const Stream *s) {
        return s->state <= STREAM_READING;
}

/* Takes FD on success. Returns 0 or negative errno; -EDQUOT: there is no room for one with tls. */
int stream_new(Streams *streams, ListenerSocket *origin, int fd, const Address *peer,
               PeerKind kind);
/* For a dead stream that no commit refers to, or at the end of the worker. */
Stream *stream_free(Stream *s);

/* Its turn has come. */
void stream_serve(Stream *s);
/* There is room again: continues with the backlog. */
void stream_resume(Stream *s);
/* The outputs work again, or have room: reads on if it was held back. */
void stream_release(Stream *s);
void stream_reconfigure(Stream *s); /* its listener has new settings */
void stream_drain(Stream *s);       /* reads what is queued now, then finishes */
/* Requested by an operator: sends pending receipts first, unless it was closing already. */
void stream_disconnect(Stream *s);
