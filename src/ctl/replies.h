/* SPDX-License-Identifier: MIT */
/*
 * What a server answers: bytes become receipts, which are printed and counted. It need not be
 * sockd: a reply may lack its newline, then the caller, who has the clock, says when it ends.
 */
#pragma once

#include "ctl/destination.h"
#include "ctl/progress.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer reply is cut. */
#define REPLY_SIZE_MAX 65536

/* All zero but for the first two is a valid start. */
typedef struct Replies {
        Progress *progress; /* borrowed: has to make way for what is printed */
        int receipt_lines;  /* see Destination */
        int line;           /* complete lines of the current receipt */
        bool saw_line;      /* the server ends its replies */
        bool overlong;      /* until the next LF all is dropped */
        uint64_t n_receipts;
        uint64_t n_refused; /* of them */
        size_t size;        /* the rest: what came of a line */
        char rest[REPLY_SIZE_MAX];
} Replies;

/* Receives once from a stream. Returns how many bytes came, 0 at EOF, or negative errno. */
int replies_receive(Replies *r, int fd);

/* One datagram is one reply. Returns 1, or negative errno. */
int replies_receive_datagram(Replies *r, int fd);

/* The current reply has begun, and its server is not known to end replies with LF. */
bool replies_is_unterminated(const Replies *r);
/* Silence ends it: it is more than the beginning of a refusal that came in pieces. */
bool replies_may_end(const Replies *r);

/* What came of the current reply, if anything, is all of it. */
void replies_end(Replies *r);
/* Prints what came, but does not count it. */
void replies_drop(Replies *r);
