/* SPDX-License-Identifier: MIT */
/* From options and configuration file to place, protocol, framing and the kind of receipts. */

#include "ctl/destination.h"

#include "config/config.h"
#include "core/address.h"
#include "core/transport.h"
#include "ctl/destination_tls.h"
#include "ctl/print.h"
#include <errno.h>
#include <linux/vm_sockets.h>
#include <sys/socket.h>

#define LOOPBACK_V6 "::1"

static const char *loopback(int family) {
        return family == AF_INET6 ? LOOPBACK_V6 : SOCKD_ADDRESS_DEFAULT;
}

/* The address to connect to for reaching a listener that is bound to ADDRESS. */
static const char *reachable(const char *address, int family) {
        Address a;

        if (strcmp(address, "*") == 0)
                return loopback(family);
        if (address_parse(address, 0, &a) < 0 || !address_is_any(&a))
                return address;
        return loopback(a.family);
}

static bool has_family(const ConfigListener *l, int family) {
        Address a;

        return family == AF_UNSPEC || !transport_has_address(l->protocol) ||
               address_parse(reachable(l->address, family), 0, &a) < 0 || a.family == family;
}

/* Where to send to when nothing says so. */
static bool has_default(Protocol p) {
        return transport_of(p)->place == TRANSPORT_PORT;
}

/* What can be done without the file. Returns 0 if that is something, -EINVAL or -ENOMEM. */
static int do_without(const Wish *wish, char *problems) {
        _cleanup_free_ char *consequence = NULL;
        Protocol p = wish_protocol(wish);
        int n;

        if (wish->listener) {
                print_error_lines(problems, "", "");
                return -EINVAL;
        }
        if (has_default(p))
                n = asprintf(&consequence, ", using %s port %d", loopback(wish->family),
                             SOCKD_PORT_DEFAULT);
        else
                n = asprintf(&consequence, ", use %s", wish_place_option(p));
        if (n < 0) {
                consequence = NULL;
                return -ENOMEM;
        }
        print_error_lines(problems, has_default(p) ? "warning: " : "", consequence);
        return has_default(p) ? 0 : -EINVAL;
}

/*
 * Returns 0 and the config, which is NULL when the file is of no use and the wish can do without
 * it.
 */
static int load_config(const Wish *wish, const char *path, Config **ret) {
        _cleanup_free_ char *problems = NULL;
        size_t size;
        FILE *f;
        int r;

        f = open_memstream(&problems, &size);
        if (!f)
                return -errno;

        r = config_load(path, f, ret);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (r >= 0)
                return 0;

        *ret = NULL;
        return do_without(wish, problems);
}

/*
 * The one that is named, else the first of the wanted protocol, with TLS if that is wanted; preferably
 * one that the family can reach.
 */
static const ConfigListener *search(const Config *c, const Wish *wish) {
        Protocol protocol = wish_protocol(wish);
        const ConfigListener *first = NULL;

        if (wish->listener)
                return config_find_listener(c, wish->listener);

        for (size_t i = 0; i < c->n_listeners; i++) {
                const ConfigListener *l = &c->listeners[i];

                if (l->protocol != protocol || (wish->tls && !l->tls.is_set))
                        continue;
                if (has_family(l, wish->family))
                        return l;
                if (!first)
                        first = l;
        }
        return first;
}

/* Lines of each receipt made from TEMPLATE. */
static int count_lines(const char *template) {
        size_t n = strlen(template);
        int lines = 0;

        if (n == 0 || template[n - 1] != '\n')
                return RECEIPT_LINES_NONE;

        for (size_t i = 0; i < n; i++)
                lines += template[i] == '\n';
        return lines;
}

static int check_listener(const Wish *wish, const char *path, const ConfigListener *l) {
        if (protocol_is_known(wish->protocol) && wish->protocol != l->protocol) {
                print_error("listener \"%s\" uses %s", l->name, protocol_text(l->protocol));
                return -EINVAL;
        }
        if (wish->tls && !l->tls.is_set && !wish->host) {
                print_error("listener \"%s\" has no tls", l->name);
                return -EINVAL;
        }
        if (transport_has_ports(l->protocol) && l->port == 0 && wish->port == 0) {
                print_error("the kernel chooses the port of listener \"%s\": use --port", l->name);
                return -EINVAL;
        }
        if (!wish->host && !has_family(l, wish->family)) {
                print_error("%s: no %s listener%s%s has an IPv%d address", path,
                            protocol_text(l->protocol), wish->listener ? " named " : "",
                            wish->listener ? wish->listener : "", wish->family == AF_INET6 ? 6 : 4);
                return -EINVAL;
        }
        return 0;
}

/* Returns 0 and the listener that is meant, which is NULL when the wish can do without it. */
static int find_listener(const Wish *wish, const char *path, const Config *config,
                         const ConfigListener **ret) {
        const ConfigListener *l = search(config, wish);
        Protocol p = wish_protocol(wish);

        *ret = l;
        if (l)
                return check_listener(wish, path, l);
        if (wish->listener) {
                print_error("%s: no listener named \"%s\"", path, wish->listener);
                return -EINVAL;
        }
        if (!has_default(p)) {
                print_error("%s: no %s listener, use %s", path, protocol_text(p),
                            wish_place_option(p));
                return -EINVAL;
        }
        print_error("warning: %s: no %s listener%s, using %s port %d", path, protocol_text(p),
                    wish->tls ? " with tls" : "", loopback(wish->family), SOCKD_PORT_DEFAULT);
        return 0;
}

static int take_listener(const Wish *wish, const ConfigListener *l, Destination *d) {
        bool is_elsewhere = wish->host || wish->path || wish->has_cid;

        d->protocol = l->protocol;
        d->port = l->port;
        d->cid = l->cid == VMADDR_CID_ANY ? VMADDR_CID_LOCAL : l->cid;
        d->ip_protocol = l->ip_protocol;
        d->frame = config_listener_frame(l);
        d->is_sockd = true;
        d->wants_receipts = transport_has_receipts(l->protocol) && *l->reply;
        d->receipt_lines = count_lines(l->reply);
        if (is_elsewhere)
                return 0;

        d->reply = strdup(l->reply);
        return d->reply ? 0 : -ENOMEM;
}

/* Options that the framing has no use for would be ignored. */
static int check_frame(const FrameSpec *wish, const FrameSpec *frame) {
        if ((wish->delimiter_size > 0 || wish->start_size > 0) &&
            frame->framing != FRAMING_DELIMITER)
                print_error("--delimiter and --start apply only to --framing=delimiter");
        else if ((wish->length_size > 0 || wish->length_order != BYTE_ORDER_MAX_) &&
                 frame->framing != FRAMING_LENGTH)
                print_error("--length-size and --length-order apply only to --framing=length");
        else if (frame->framing == FRAMING_DELIMITER && frame->delimiter_size == 0)
                print_error("--framing=delimiter requires --delimiter");
        else if (frame->start_size > 0 &&
                 memmem(frame->start, frame->start_size, frame->delimiter, frame->delimiter_size))
                print_error("--start contains the delimiter");
        else
                return 0;
        return -EINVAL;
}

static int take_frame(const FrameSpec *wish, Destination *d) {
        FrameSpec *f = &d->frame;

        if (wish->framing != FRAMING_MAX_ && wish->framing != f->framing)
                *f = (FrameSpec){ .framing = wish->framing, .length_size = 4 };
        if (wish->delimiter_size > 0) {
                f->delimiter_size = wish->delimiter_size;
                memcpy(f->delimiter, wish->delimiter, FRAME_TEXT_MAX);
        }
        if (wish->start_size > 0) {
                f->start_size = wish->start_size;
                memcpy(f->start, wish->start, FRAME_TEXT_MAX);
        }
        if (wish->length_size > 0)
                f->length_size = wish->length_size;
        if (wish->length_order != BYTE_ORDER_MAX_)
                f->length_order = wish->length_order;
        return check_frame(wish, f);
}

/* What the options say comes before everything else. */
static int take_wish(const Wish *wish, Destination *d) {
        int r = wish_check(wish, d->protocol);

        if (r < 0)
                return r;

        if (wish->port > 0)
                d->port = wish->port;
        if (wish->has_cid)
                d->cid = wish->cid;
        if (wish->ip_protocol > 0)
                d->ip_protocol = wish->ip_protocol;
        if (wish->no_reply || !transport_has_receipts(d->protocol))
                d->wants_receipts = false;
        return wish_has_frame(wish) ? take_frame(&wish->frame, d) : 0;
}

/* "[::1]" is taken for ::1. */
static char *copy_host(const char *host) {
        size_t n = strlen(host);

        if (n > 2 && host[0] == '[' && host[n - 1] == ']')
                return strndup(host + 1, n - 2);
        return strdup(host);
}

static int describe(Destination *d) {
        bool wants_brackets = d->host && strchr(d->host, ':');

        switch (transport_of(d->protocol)->place) {
        case TRANSPORT_PORT:
                return asprintf(&d->text, "%s%s%s:%u", wants_brackets ? "[" : "", d->host,
                                wants_brackets ? "]" : "", d->port);
        case TRANSPORT_HOST:
                return asprintf(&d->text, "%s (IP protocol %u)", d->host, d->ip_protocol);
        case TRANSPORT_PATH:
                return asprintf(&d->text, "%s", d->path);
        case TRANSPORT_CID:
                return asprintf(&d->text, "vsock:%u:%u", d->cid, d->port);
        }
        return -1;
}

static const char *find_host(const Wish *wish, const ConfigListener *l) {
        if (wish->host)
                return wish->host;
        return l ? reachable(l->address, wish->family) : loopback(wish->family);
}

/* A Unix socket is that of an option or of a listener. */
static const char *find_path(const Wish *wish, const ConfigListener *l) {
        if (wish->path)
                return wish->path;
        return l ? l->path : "";
}

/* L may be NULL. */
static int name_place(const Wish *wish, const ConfigListener *l, Destination *d) {
        if (transport_has_path(d->protocol))
                d->path = strdup(find_path(wish, l));
        else if (transport_has_address(d->protocol))
                d->host = copy_host(find_host(wish, l));
        if (!d->path && !d->host && !transport_has_cid(d->protocol))
                return -ENOMEM;

        if (describe(d) < 0) {
                d->text = NULL;
                return -ENOMEM;
        }
        return 0;
}

/* L may be NULL. */
static int take_tls(const Wish *wish, const ConfigListener *l, Destination *d) {
        bool has_tls = wish->tls || (l && l->tls.is_set);
        int r = wish_check_tls(wish, has_tls);

        return r < 0 || !has_tls ? r : destination_tls_open(d, wish);
}

int destination_find(const Wish *wish, const char *config_path, Destination *ret) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(destination_done) Destination d = {
                .port = SOCKD_PORT_DEFAULT,
                .protocol = wish_protocol(wish),
                .frame = { .framing = FRAMING_LINE },
                .family = wish->family,
                .wants_receipts = true,
                .receipt_lines = RECEIPT_LINES_UNKNOWN,
        };
        const ConfigListener *l = NULL;
        int r = wish->listener ? 0 : wish_check(wish, d.protocol);

        if (r >= 0 && (wish->listener || !wish_has_place(wish)))
                r = load_config(wish, config_path, &config);
        if (r >= 0 && config)
                r = find_listener(wish, config_path, config, &l);
        if (r >= 0 && l)
                r = take_listener(wish, l, &d);
        if (r >= 0)
                r = take_wish(wish, &d);
        if (r >= 0)
                r = name_place(wish, l, &d);
        if (r >= 0)
                r = take_tls(wish, l, &d);
        if (r < 0)
                return r;

        *ret = d;
        d = (Destination){ 0 };
        return 0;
}

void destination_done(Destination *d) {
        destination_tls_close(d);
        free(d->host);
        free(d->path);
        free(d->text);
        free(d->reply);
        *d = (Destination){ 0 };
}
