/* SPDX-License-Identifier: MIT */
/*
 * Splits what a server answers into receipts, prints and counts them. The server need not be sockd: if
 * a reply lacks its newline, the caller, who has the clock, decides when it ends.
 */
#pragma once

#include "ctl/connection.h"
#include "ctl/destination.h"
#include "ctl/progress.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer reply is cut. */
#define REPLY_SIZE_MAX 65536

/* All zero but for the first three is a valid start. */
typedef struct Replies {
        Progress *progress; /* borrowed; hidden before printing */
        const char *reply;  /* borrowed; this and the next: see Destination */
        int receipt_lines;
        int line;        /* complete lines of the current receipt */
        bool saw_line;   /* the server ends its replies with LF */
        bool is_foreign; /* a line of the current receipt is not what the template gives */
        bool overlong;   /* everything up to the next LF is dropped */
        uint64_t n_receipts;
        uint64_t n_refused; /* of them */
        uint64_t n_foreign; /* of them: not what the template gives */
        uint64_t n_bare;    /* datagrams of one word: a receipt that did not fit */
        size_t size;        /* of rest: an incomplete line */
        char rest[REPLY_SIZE_MAX];
} Replies;

/* Receives once from a stream. Returns as connection_receive(). */
int replies_receive(Replies *r, Connection *c);

/*
 * One datagram, or packet of a connection, is one reply. Return 1, or negative errno; an empty packet
 * is the end of a connection: 0.
 */
int replies_receive_datagram(Replies *r, int fd);
int replies_receive_packet(Replies *r, int fd);

/* A reply has begun that perhaps no LF will end. */
bool replies_is_unterminated(const Replies *r);
/* The same, and silence may end it: it is not just the beginning of "error ". */
bool replies_may_end(const Replies *r);

/*
 * The current reply, if any, ends here: prints and counts it. Part of a receipt whose template ends in
 * LF is printed only.
 */
void replies_end(Replies *r);
/* Prints what has arrived of the current reply, but does not count it. */
void replies_drop(Replies *r);
