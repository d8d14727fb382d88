/* SPDX-License-Identifier: MIT */
/* The table of the kinds of sockets: what each one has, and which one a socket is of. */

#include "core/transport.h"

#include "unit.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* A letter for each property that a protocol has. */
static void describe(Protocol p, char ret[static 16]) {
        static const struct {
                char letter;
                bool (*has)(Protocol);
        } properties[] = {
                { 'f', transport_has_framing }, { 'c', transport_has_connections },
                { 'u', transport_has_path },    { 'v', transport_has_cid },
                { 'p', transport_has_packets }, { 'g', transport_has_groups },
                { 'x', transport_has_proxies }, { 'n', transport_has_ports },
                { 'a', transport_has_address }, { 'r', transport_has_receipts },
        };

        for (size_t i = 0; i < ELEMENTSOF(properties); i++)
                if (properties[i].has(p))
                        *ret++ = properties[i].letter;
        *ret = '\0';
}

static void test_properties(void **state) {
        static const struct {
                const char *name, *properties;
                int domains[2];
        } table[PROTOCOL_MAX_] = {
                [PROTOCOL_TCP] = { "tcp", "fcxnar", { AF_INET, AF_INET6 } },
                [PROTOCOL_UDP] = { "udp", "gnar", { AF_INET, AF_INET6 } },
                [PROTOCOL_RAW] = { "raw", "pa", { AF_INET, AF_INET6 } },
                [PROTOCOL_UNIX_STREAM] = { "unix-stream", "fcur", { AF_UNIX, AF_UNIX } },
                [PROTOCOL_UNIX_DATAGRAM] = { "unix-datagram", "ur", { AF_UNIX, AF_UNIX } },
                [PROTOCOL_UNIX_SEQPACKET] = { "unix-seqpacket", "cur", { AF_UNIX, AF_UNIX } },
                [PROTOCOL_VSOCK] = { "vsock", "fcvnr", { AF_VSOCK, AF_VSOCK } },
        };
        static const int domains[] = {
                AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX, AF_VSOCK, AF_NETLINK
        };

        (void)state;
        for (Protocol p = 0; p < PROTOCOL_MAX_; p++) {
                char found[16];

                describe(p, found);
                assert_string_equal(protocol_text(p), table[p].name);
                assert_string_equal(found, table[p].properties);
                for (size_t i = 0; i < ELEMENTSOF(domains); i++)
                        assert_int_equal(transport_may_come_from(p, domains[i]),
                                         domains[i] == table[p].domains[0] ||
                                                 domains[i] == table[p].domains[1]);
        }
        assert_false(protocol_is_known(PROTOCOL_MAX_));
        assert_string_equal(packet_text(PACKET_WHOLE), "whole");
}

static void test_find(void **state) {
        static const struct {
                int domain, type, ip_protocol;
                Protocol p; /* PROTOCOL_MAX_: none */
        } table[] = {
                { AF_INET, SOCK_STREAM, IPPROTO_TCP, PROTOCOL_TCP },
                { AF_INET6, SOCK_STREAM, IPPROTO_TCP, PROTOCOL_TCP },
                { AF_INET, SOCK_STREAM, IPPROTO_SCTP, PROTOCOL_MAX_ },
                { AF_INET6, SOCK_DGRAM, IPPROTO_UDP, PROTOCOL_UDP },
                { AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, PROTOCOL_MAX_ },
                { AF_INET, SOCK_DGRAM, IPPROTO_ICMP, PROTOCOL_MAX_ },
                { AF_INET, SOCK_RAW, 253, PROTOCOL_RAW },
                { AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, PROTOCOL_RAW },
                { AF_UNIX, SOCK_STREAM, 0, PROTOCOL_UNIX_STREAM },
                { AF_UNIX, SOCK_DGRAM, 0, PROTOCOL_UNIX_DATAGRAM },
                { AF_UNIX, SOCK_SEQPACKET, 0, PROTOCOL_UNIX_SEQPACKET },
                { AF_VSOCK, SOCK_STREAM, 0, PROTOCOL_VSOCK },
                { AF_VSOCK, SOCK_SEQPACKET, 0, PROTOCOL_MAX_ },
                { AF_NETLINK, SOCK_RAW, 0, PROTOCOL_MAX_ },
                { AF_PACKET, SOCK_RAW, 0, PROTOCOL_MAX_ },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Protocol p = PROTOCOL_MAX_;

                assert_int_equal(
                        transport_find(table[i].domain, table[i].type, table[i].ip_protocol, &p),
                        table[i].p != PROTOCOL_MAX_);
                assert_int_equal(p, table[i].p);
        }
}

/* Every one finds its own row again. */
static void test_types(void **state) {
        (void)state;
        for (Protocol p = 0; p < PROTOCOL_MAX_; p++) {
                const Transport *t = transport_of(p);
                static const int domains[] = { AF_INET, AF_UNIX, AF_VSOCK };
                unsigned n = 0;
                Protocol found;

                for (size_t i = 0; i < ELEMENTSOF(domains); i++) {
                        int ip_protocol = t->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

                        if (transport_may_come_from(p, domains[i]) &&
                            transport_find(domains[i], t->type, ip_protocol, &found)) {
                                assert_int_equal(found, p);
                                n++;
                        }
                }
                assert_int_equal(n, 1);
                assert_true(!t->reply || !*t->reply || strcmp(t->reply, "ok %i %l\n") == 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_properties),
                cmocka_unit_test(test_find),
                cmocka_unit_test(test_types),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
