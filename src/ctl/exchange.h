/* SPDX-License-Identifier: MIT */
/*
 * Sending messages and collecting their receipts at the same time, over a stream or with datagrams.
 */
#pragma once

#include "ctl/connection.h"
#include "ctl/destination.h"
#include "ctl/input.h"
#include "ctl/progress.h"
#include <stdint.h>

/* Owned by the command; all that is pointed at is borrowed. */
typedef struct Exchange {
        const Destination *destination;
        Input *input;
        Progress progress;
        uint64_t timeout_usec; /* for the next receipt, or for any progress of sending */

        /* the account, over all connections */
        uint64_t n_messages; /* handed to the kernel, or about to be */
        uint64_t n_receipts;
        uint64_t n_refused; /* receipts that are none */
        int error;          /* a positive errno; EXCHANGE_CLOSED: 0 when the peer just closed */
} Exchange;

typedef enum ExchangeEnd {
        EXCHANGE_DONE, /* all of the input is sent, and answered where that is wanted */
        EXCHANGE_CLOSED,
        EXCHANGE_TIMED_OUT,
        EXCHANGE_NOT_CONNECTED, /* a line was printed */
        EXCHANGE_FAILED,
} ExchangeEnd;

/* What INPUT has to keep to. */
InputRules exchange_rules(const Destination *d);

/* Sends the whole input: one connection, or with framing eof one for each message. */
ExchangeEnd exchange_run(Exchange *x);

/* The two ways, each over one connection. */
ExchangeEnd exchange_stream(Exchange *x, Connection *c);
ExchangeEnd exchange_datagrams(Exchange *x, Connection *c);
