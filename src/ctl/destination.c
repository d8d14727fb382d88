/* SPDX-License-Identifier: MIT */
/* From options and configuration file to host, port, protocol, framing and the kind of receipts. */

#include "ctl/destination.h"

#include "config/config.h"
#include "core/address.h"
#include "ctl/print.h"
#include <errno.h>

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

static bool has_family(const char *address, int family) {
        Address a;

        return family == AF_UNSPEC || address_parse(reachable(address, family), 0, &a) < 0 ||
               a.family == family;
}

/* The lines of TEXT, one by one, then what is done about them. */
static void print_problems(char *text, const char *prefix, const char *consequence) {
        char *save, *line = strtok_r(text, "\n", &save);

        while (line) {
                char *next = strtok_r(NULL, "\n", &save);

                print_error("%s%s%s", prefix, line, next ? "" : consequence);
                line = next;
        }
}

/*
 * Returns 0 and the config, which is NULL when the file is of no use and the wish can do without
 * it.
 */
static int load_config(const Wish *wish, const char *path, Config **ret) {
        _cleanup_free_ char *problems = NULL, *consequence = NULL;
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

        if (wish->listener) {
                print_problems(problems, "", "");
                return -EINVAL;
        }
        if (asprintf(&consequence, ", using %s port %d", loopback(wish->family),
                     SOCKD_PORT_DEFAULT) < 0) {
                consequence = NULL;
                return -ENOMEM;
        }
        print_problems(problems, "warning: ", consequence);
        *ret = NULL;
        return 0;
}

/*
 * The one that is named, else the first of the wanted protocol, preferably one that the family can
 * reach.
 */
static const ConfigListener *find_listener(const Config *c, const Wish *wish) {
        Protocol protocol = wish->protocol == PROTOCOL_UDP ? PROTOCOL_UDP : PROTOCOL_TCP;
        const ConfigListener *first = NULL;

        if (wish->listener)
                return config_find_listener(c, wish->listener);

        for (size_t i = 0; i < c->n_listeners; i++) {
                const ConfigListener *l = &c->listeners[i];

                if (l->protocol != protocol)
                        continue;
                if (has_family(l->address, wish->family))
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

static int check_listener(const Wish *wish, const ConfigListener *l) {
        if (wish->protocol != PROTOCOL_MAX_ && wish->protocol != l->protocol) {
                print_error("listener \"%s\" uses %s", l->name, protocol_text(l->protocol));
                return -EINVAL;
        }
        if (l->port == 0 && wish->port == 0) {
                print_error("the kernel chooses the port of listener \"%s\": use --port", l->name);
                return -EINVAL;
        }
        return 0;
}

/* Completes D from the configuration file. The host belongs to CONFIG. */
static int take_config(const Wish *wish, const char *path, const Config *config, Destination *d,
                       const char **ret_host) {
        const ConfigListener *l = find_listener(config, wish);
        int r;

        if (!l && wish->listener) {
                print_error("%s: no listener named \"%s\"", path, wish->listener);
                return -EINVAL;
        }
        if (!l) {
                print_error("warning: %s: no %s listener, using %s port %u", path,
                            protocol_text(d->protocol), *ret_host, d->port);
                return 0;
        }

        r = check_listener(wish, l);
        if (r < 0)
                return r;
        if (!wish->host && !has_family(l->address, wish->family)) {
                print_error("%s: no %s listener%s%s has an IPv%d address", path,
                            protocol_text(l->protocol), wish->listener ? " named " : "",
                            wish->listener ? wish->listener : "", wish->family == AF_INET6 ? 6 : 4);
                return -EINVAL;
        }

        d->protocol = l->protocol;
        d->port = l->port;
        d->frame = config_listener_frame(l);
        if (!wish->host) {
                d->reply = strdup(l->reply);
                if (!d->reply)
                        return -ENOMEM;
        }
        d->wants_receipts = *l->reply;
        d->is_sockd = true;
        d->receipt_lines = count_lines(l->reply);
        *ret_host = reachable(l->address, d->family);
        return 0;
}

static bool is_frame_set(const FrameSpec *f) {
        return f->framing != FRAMING_MAX_ || f->delimiter_size > 0 || f->start_size > 0 ||
               f->length_size > 0 || f->length_order != BYTE_ORDER_MAX_;
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

        if (!is_frame_set(wish))
                return 0;
        if (d->protocol == PROTOCOL_UDP) {
                print_error("--framing applies only to TCP: a datagram is one message");
                return -EINVAL;
        }

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
        if (wish->port > 0)
                d->port = wish->port;
        if (wish->no_reply)
                d->wants_receipts = false;
        return take_frame(&wish->frame, d);
}

/* "[::1]" is taken for ::1. */
static int name_host(Destination *d, const char *host) {
        size_t n = strlen(host);
        bool in_brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
        bool wants_brackets;

        d->host = in_brackets ? strndup(host + 1, n - 2) : strdup(host);
        if (!d->host)
                return -ENOMEM;

        wants_brackets = strchr(d->host, ':');
        if (asprintf(&d->text, "%s%s%s:%u", wants_brackets ? "[" : "", d->host,
                     wants_brackets ? "]" : "", d->port) < 0) {
                d->text = NULL;
                return -ENOMEM;
        }
        return 0;
}

int destination_find(const Wish *wish, const char *config_path, Destination *ret) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(destination_done) Destination d = {
                .port = SOCKD_PORT_DEFAULT,
                .protocol = wish->protocol == PROTOCOL_UDP ? PROTOCOL_UDP : PROTOCOL_TCP,
                .frame = { .framing = FRAMING_LINE },
                .family = wish->family,
                .wants_receipts = true,
                .receipt_lines = RECEIPT_LINES_UNKNOWN,
        };
        const char *host = loopback(wish->family);
        int r;

        if (wish->listener || (!wish->host && wish->port == 0)) {
                r = load_config(wish, config_path, &config);
                if (r < 0)
                        return r;
        }
        if (config) {
                r = take_config(wish, config_path, config, &d, &host);
                if (r < 0)
                        return r;
        }
        r = take_wish(wish, &d);
        if (r < 0)
                return r;

        r = name_host(&d, wish->host ? wish->host : host);
        if (r < 0)
                return r;

        *ret = d;
        d = (Destination){ 0 };
        return 0;
}

void destination_done(Destination *d) {
        free(d->host);
        free(d->text);
        free(d->reply);
        *d = (Destination){ 0 };
}
