/* SPDX-License-Identifier: MIT */
/*
 * TLS as an object that is loaded where it is wanted (tls_load.c), because its library costs memory
 * and time at every start. It sees bytes only, never a socket. A context is immutable and shared by
 * threads; a session is used by one thread at a time.
 */
#pragma once

#include "core/tls_peer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct ConfigTls ConfigTls;
typedef struct TlsContext TlsContext; /* certificate, key and rules; counted */
typedef struct TlsSession TlsSession; /* one connection */

/* Bytes of messages in one record (RFC 8446 section 5.1), and what a record has around them at most. */
#define TLS_RECORD_MAX (16 * 1024)
#define TLS_RECORD_EXTRA 512
/* What may be to be sent after one step: a handshake with all certificates. */
#define TLS_OUT_MAX (128 * 1024)
/* Room for a reason. */
#define TLS_WHY_MAX 320

typedef enum TlsState {
        TLS_GREETING, /* shakes hands */
        TLS_OPEN,
        TLS_ENDED,  /* the other side has ended it: close_notify */
        TLS_FAILED, /* see why(); what is left to send is an alert */
} TlsState;

/* What a handshake failed for, as it is counted. */
typedef enum TlsFailure {
        TLS_FAILURE_NONE,
        TLS_FAILURE_NOT_TLS,     /* the first bytes are no handshake */
        TLS_FAILURE_VERSION,     /* too old, or no common cipher */
        TLS_FAILURE_CERTIFICATE, /* that of the other side is missing, bad, or not permitted */
        TLS_FAILURE_REFUSED,     /* the other side does not accept ours */
        TLS_FAILURE_PROTOCOL,    /* anything else */
} TlsFailure;

typedef struct TlsStep {
        const char *in; /* from the socket; all of it is taken */
        size_t in_size;
        char *plain; /* room for at least IN_SIZE + TLS_RECORD_MAX bytes */
        size_t plain_max, plain_size;
        char *out; /* for the socket; room for TLS_OUT_MAX bytes */
        size_t out_size;
} TlsStep;

typedef struct TlsCertificate {
        const char *subject;
        uint64_t expires_usec; /* CLOCK_REALTIME */
} TlsCertificate;

/* How a client connects. NULL: not given. */
typedef struct TlsClient {
        const char *ca; /* a file of roots; else those of the system */
        const char *certificate, *key;
        const char *name;        /* of the server: a host name or an address; never NULL */
        const char *fingerprint; /* "sha256:" and 64 digits: takes the place of ca and name */
} TlsClient;

typedef struct TlsOps {
        const char *version; /* of sockd: an object of another version is not used */
        /* Both return NULL after one line to ERRORS for each problem. Warnings are lines of WARNINGS. */
        TlsContext *(*server_new)(const ConfigTls *config, FILE *errors, FILE *warnings);
        TlsContext *(*client_new)(const TlsClient *client, FILE *errors);
        TlsContext *(*context_ref)(TlsContext *c);
        TlsContext *(*context_unref)(TlsContext *c);
        const TlsCertificate *(*certificate)(const TlsContext *c); /* a server's own */

        TlsSession *(*session_new)(TlsContext *c); /* takes a reference; NULL: out of memory */
        TlsSession *(*session_free)(TlsSession *s);
        /* Takes what has arrived. A client begins with a step without any. */
        TlsState (*receive)(TlsSession *s, TlsStep *step);
        /* Makes up to TLS_RECORD_MAX bytes one record in OUT, which has room for TLS_RECORD_EXTRA more.
         * Returns its size or negative errno. */
        ssize_t (*send)(TlsSession *s, const char *plain, size_t size, char *out, size_t out_max);
        /* Writes close_notify to OUT, likewise; returns its size. */
        size_t (*end)(TlsSession *s, char *out, size_t out_max);
        bool (*holds_part)(const TlsSession *s); /* of a record */
        const TlsPeer *(*peer)(const TlsSession *s);
        const char *(*why)(const TlsSession *s); /* after TLS_FAILED: in words */
        TlsFailure (*failure)(const TlsSession *s);
} TlsOps;

/* Loads the object once; any thread. Returns NULL after one line to ERRORS, without a newline. */
const TlsOps *tls_load(FILE *errors);
/* The object, or NULL if nobody has loaded it. */
const TlsOps *tls_loaded(void);
