/* SPDX-License-Identifier: MIT */
/* Which way of sending a destination asks for, and how many connections. */

#include "ctl/exchange.h"

#include "ctl/outgoing.h"
#include <errno.h>

#define DATAGRAM_MAX 65507 /* IPv4: 65535 less two headers */

InputRules exchange_rules(const Destination *d) {
        if (d->protocol == PROTOCOL_UDP)
                return (InputRules){ .forbidden = -1, .whole_max = DATAGRAM_MAX };

        return outgoing_rules(&d->frame);
}

static ExchangeEnd run_connection(Exchange *x) {
        _cleanup_(connection_done) Connection c = { .fd = -EBADF };

        if (connection_open(&c, x->destination, x->timeout_usec) < 0)
                return EXCHANGE_NOT_CONNECTED;
        if (x->destination->protocol == PROTOCOL_UDP)
                return exchange_datagrams(x, &c);
        return exchange_stream(x, &c);
}

ExchangeEnd exchange_run(Exchange *x) {
        ExchangeEnd end = EXCHANGE_DONE;

        if (x->destination->protocol != PROTOCOL_TCP ||
            x->destination->frame.framing != FRAMING_EOF)
                return run_connection(x);

        while (end == EXCHANGE_DONE && input_has_next(x->input))
                end = run_connection(x);
        return end;
}
