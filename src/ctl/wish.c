/* SPDX-License-Identifier: MIT */
/* An option that would be ignored is an error. */

#include "ctl/wish.h"

#include "core/macro.h"
#include "core/transport.h"
#include "ctl/print.h"
#include <errno.h>
#include <sys/socket.h>

Protocol wish_protocol(const Wish *w) {
        if (protocol_is_known(w->protocol))
                return w->protocol;
        return w->path ? PROTOCOL_UNIX_STREAM : PROTOCOL_TCP;
}

bool wish_has_place(const Wish *w) {
        switch (transport_of(wish_protocol(w))->place) {
        case TRANSPORT_PORT:
                return w->host || w->port > 0;
        case TRANSPORT_HOST:
                return w->ip_protocol > 0;
        case TRANSPORT_PATH:
                return w->path;
        case TRANSPORT_CID:
                return w->has_cid;
        }
        return false;
}

const char *wish_place_option(Protocol p) {
        switch (transport_of(p)->place) {
        case TRANSPORT_PORT:
                return "--host";
        case TRANSPORT_HOST:
                return "--ip-protocol";
        case TRANSPORT_PATH:
                return "--unix";
        case TRANSPORT_CID:
                return "--vsock";
        }
        return NULL;
}

bool wish_has_frame(const Wish *w) {
        const FrameSpec *f = &w->frame;

        return f->framing != FRAMING_MAX_ || f->delimiter_size > 0 || f->start_size > 0 ||
               f->length_size > 0 || f->length_order != BYTE_ORDER_MAX_;
}

int wish_check(const Wish *w, Protocol p) {
        const struct {
                const char *option;
                bool is_set;
                bool (*applies)(Protocol);
                const char *why;
        } table[] = {
                { "--host", w->host, transport_has_address, "" },
                { "-4 or -6", w->family != AF_UNSPEC, transport_has_address, "" },
                { "--port", w->port > 0, transport_has_ports, "" },
                { "--unix", w->path, transport_has_path, "" },
                { "--vsock", w->has_cid, transport_has_cid, "" },
                { "--ip-protocol", w->ip_protocol > 0, transport_has_packets, "" },
                { "--framing", wish_has_frame(w), transport_has_framing,
                  ", of which each packet is one message" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                if (!table[i].is_set || table[i].applies(p))
                        continue;
                print_error("%s cannot be used with protocol %s%s", table[i].option,
                            protocol_text(p), table[i].why);
                return -EINVAL;
        }
        return 0;
}
