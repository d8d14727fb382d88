/* SPDX-License-Identifier: MIT */
/* Which way of sending a destination asks for, and how many connections. */

#include "ctl/exchange.h"

#include "core/transport.h"
#include "ctl/outgoing.h"
#include <errno.h>

/* The longest packet; what the kernel allows may be less. */
static size_t packet_max(Protocol p) {
        switch (transport_of(p)->place) {
        case TRANSPORT_PORT:
                return 65507; /* IPv4: 65535 less two headers */
        case TRANSPORT_HOST:
                return 65535; /* IPv6: the header is not counted */
        case TRANSPORT_PATH:
        case TRANSPORT_CID:
                break;
        }
        return (size_t)1024 * 1024;
}

InputRules exchange_rules(const Destination *d) {
        if (transport_has_framing(d->protocol))
                return outgoing_rules(&d->frame);

        return (InputRules){ .forbidden = -1, .whole_max = packet_max(d->protocol) };
}

static ExchangeEnd run_connection(Exchange *x) {
        _cleanup_(connection_done) Connection c = { .fd = -EBADF };

        if (connection_open(&c, x->destination, x->timeout_usec) < 0)
                return EXCHANGE_NOT_CONNECTED;
        if (transport_has_framing(x->destination->protocol))
                return exchange_stream(x, &c);
        return exchange_packets(x, &c);
}

ExchangeEnd exchange_run(Exchange *x) {
        ExchangeEnd end = EXCHANGE_DONE;

        if (!transport_has_framing(x->destination->protocol) ||
            x->destination->frame.framing != FRAMING_EOF)
                return run_connection(x);

        while (end == EXCHANGE_DONE && input_has_next(x->input))
                end = run_connection(x);
        return end;
}
