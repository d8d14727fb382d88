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
                { "--tls", w->tls, transport_has_tls, "" },
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

static const char *option_of_tls(const Wish *w) {
        const struct {
                const char *option, *argument;
        } table[] = {
                { "--ca", w->ca },
                { "--cert", w->cert },
                { "--key", w->key },
                { "--tls-name", w->tls_name },
                { "--fingerprint", w->fingerprint },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].argument)
                        return table[i].option;
        return NULL;
}

int wish_check_tls(const Wish *w, bool has_tls) {
        const char *option = option_of_tls(w);

        if (option && !has_tls)
                print_error("%s applies only to --tls", option);
        else if (!w->cert != !w->key)
                print_error("%s requires %s", w->cert ? "--cert" : "--key",
                            w->cert ? "--key" : "--cert");
        else if (w->ca && w->fingerprint)
                print_error("--ca and --fingerprint cannot be combined");
        else
                return 0;
        return -EINVAL;
}
