/* SPDX-License-Identifier: MIT */
/*
 * Sending messages and collecting their receipts at the same time, over a stream or with packets.
 */
#pragma once

#include "ctl/connection.h"
#include "ctl/destination.h"
#include "ctl/input.h"
#include "ctl/progress.h"
#include <stdint.h>

#define EXCHANGE_PROBLEM_MAX 512

/* Owned by the command; all that is pointed at is borrowed. */
typedef struct Exchange {
        const Destination *destination;
        Input *input;
        Progress progress;
        uint64_t timeout_usec; /* for the next receipt, or for any progress of sending */

        /* totals of all connections */
        uint64_t n_messages; /* handed to the kernel, or about to be */
        uint64_t n_receipts;
        uint64_t n_refused; /* receipts that begin with "error " */
        uint64_t n_foreign; /* receipts that the listener of the config file cannot have sent */
        /* datagrams only */
        uint64_t n_without_id; /* receipts that did not fit whole */
        uint64_t n_unanswered; /* messages too short for a receipt */
        int error;             /* a positive errno; EXCHANGE_CLOSED: 0 when the peer just closed */
        char problem
                [EXCHANGE_PROBLEM_MAX]; /* the same in words, where those of errno do not do; or "" */
} Exchange;

typedef enum ExchangeEnd {
        EXCHANGE_DONE, /* all input is sent, and has its receipts if they are wanted */
        EXCHANGE_CLOSED,
        EXCHANGE_TIMED_OUT,
        EXCHANGE_NOT_CONNECTED, /* a line was printed */
        EXCHANGE_TOO_LONG,      /* the kernel takes no message of this length */
        EXCHANGE_FAILED,
} ExchangeEnd;

/* What messages to this destination must satisfy. */
InputRules exchange_rules(const Destination *d);

/* Sends the whole input: one connection, or with framing eof one for each message. */
ExchangeEnd exchange_run(Exchange *x);

/* Over one connection: by stream, or each message as a packet, which is a datagram or has a connection. */
ExchangeEnd exchange_stream(Exchange *x, Connection *c);
ExchangeEnd exchange_packets(Exchange *x, Connection *c);
