/* SPDX-License-Identifier: MIT */
/* Rules of Unix, vsock and raw sockets. */
#include "config/check_endpoint.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "config/check_file.h"
#include "config/check_impl.h"
#include "config/config.h"
#include "core/address.h"
#include "core/transport.h"

/* Without the NUL that ends it, or with the one that begins an abstract name. */
#define PATH_SIZE_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static void check_path(const Check *check, const ConfigListener *l) {
        if (!l->path) {
                if (!is_set(check, "path"))
                        complain(check, "path", "missing, required for protocol \"%s\"",
                                 protocol_text(l->protocol));
                return;
        }
        if (l->path[0] != '/' && (l->path[0] != '@' || !l->path[1]))
                complain(check, "path",
                         "must be absolute, or \"@\" and a name in the abstract namespace, not "
                         "\"%.*s\"",
                         PROBLEM_VALUE_MAX, l->path);
        else if (strlen(l->path) > PATH_SIZE_MAX)
                complain(check, "path", "has %zu bytes, must not have more than %zu",
                         strlen(l->path), PATH_SIZE_MAX);
}

static void check_ip_protocol(const Check *check, const ConfigListener *l) {
        if (!is_set(check, "ip_protocol"))
                complain(check, "ip_protocol", "missing, required for protocol \"raw\"");
        else if (l->ip_protocol == IPPROTO_TCP)
                complain(check, "ip_protocol", "is TCP: use protocol = \"tcp\"");
        else if (l->ip_protocol == IPPROTO_UDP)
                complain(check, "ip_protocol", "is UDP: use protocol = \"udp\"");
}

static void check_packet(const Check *check, const ConfigListener *l) {
        const char *address = l->address ? l->address : SOCKD_ADDRESS_DEFAULT;
        const bool is_icmp = l->ip_protocol == IPPROTO_ICMP || l->ip_protocol == IPPROTO_ICMPV6;

        if (l->packet == PACKET_WHOLE && (strchr(address, ':') || strcmp(address, "*") == 0))
                complain(check, "packet",
                         "\"whole\" is for IPv4 addresses only: of IPv6, the kernel hands over no "
                         "header");
        if (!config_octets_is_empty(&l->icmp_types) && !is_icmp)
                complain(check, "icmp_types", "only for ip_protocol 1 or 58");
}

void check_endpoint(const Check *check, const ConfigListener *l) {
        const bool is_known = protocol_is_known(l->protocol);

        if (l->port > UINT16_MAX && !(is_known && transport_has_cid(l->protocol)))
                complain(check, "port", "%u is out of range, must be 0 to %u", l->port, UINT16_MAX);
        if (!is_known)
                return;
        if (transport_has_path(l->protocol)) {
                check_path(check, l);
                (void)check_file_mode(check, l->mode);
        }
        if (transport_has_packets(l->protocol)) {
                check_ip_protocol(check, l);
                check_packet(check, l);
        }
}

/* Whether a packet to one of the addresses may be one to the other. */
static bool overlaps(const char *a, const char *b) {
        Address x, y;

        if (strcmp(a, "*") == 0 || strcmp(b, "*") == 0)
                return true;
        if (address_parse(a, 0, &x) < 0 || address_parse(b, 0, &y) < 0)
                return strcmp(a, b) == 0;
        return x.family == y.family &&
               (address_is_any(&x) || address_is_any(&y) || address_same_host(&x, &y));
}

static bool is_same_path(const ConfigListener *a, const ConfigListener *b) {
        return a->path && b->path && strcmp(a->path, b->path) == 0;
}

static bool is_same_packet(const ConfigListener *a, const ConfigListener *b) {
        const bool is_elsewhere = *a->interface && *b->interface &&
                                  strcmp(a->interface, b->interface) != 0;

        return a->ip_protocol == b->ip_protocol && a->ip_protocol > 0 && !is_elsewhere &&
               overlaps(a->address, b->address);
}

void check_endpoint_overlap(const Check *check, size_t i) {
        const ConfigListener *l = &check->config->listeners[i];

        for (size_t j = 0; j < i; j++) {
                const ConfigListener *other = &check->config->listeners[j];

                if (!protocol_is_known(other->protocol) ||
                    transport_of(other->protocol)->place != transport_of(l->protocol)->place)
                        continue;
                if (transport_has_path(l->protocol) && is_same_path(l, other))
                        complain(check, "path", "is already that of listeners[%zu]", j);
                if (transport_has_packets(l->protocol) && is_same_packet(l, other))
                        complain(check, "ip_protocol",
                                 "listeners[%zu] gets the same packets: each would be recorded "
                                 "twice",
                                 j);
        }
}
