/* SPDX-License-Identifier: MIT */
/* The table of peers: exact figures, a bound that holds, and who stays when it is flooded. */

#include "core/peers.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define N_SPOOFED 1000000
#define N_TALKERS 50
#define TALKER_BASE 0x0a000000u /* 10.0.0.0 */

static Address make_address(uint32_t i, uint16_t port) {
        Address a;

        memset(&a, 0, sizeof(a)); /* also what of the union an IPv4 address leaves */
        a.family = AF_INET;
        a.v4.s_addr = htonl(i);
        a.port = port;
        return a;
}

static void note(Peers *p, Address a, uint64_t received, uint64_t now) {
        peers_note(p, &(Peer){ .address = a,
                               .received = received,
                               .bytes = 10 * received,
                               .last_seen_usec = now });
}

static const Peer *find(const Peer *array, size_t n, Address a) {
        for (size_t i = 0; i < n; i++)
                if (address_same_host(&array[i].address, &a))
                        return &array[i];
        return NULL;
}

/* Two ports of one address are one peer, two addresses of one /64 are two. */
static void test_figures(void **state) {
        static Peer copy[PEERS_MAX];
        Address six = { .family = AF_INET6 }, seven;
        Peers *p = peers_new();
        const Peer *found;

        (void)state;
        assert_non_null(p);
        assert_int_equal(peers_copy(p, copy), 0);
        assert_int_equal(inet_pton(AF_INET6, "fe80::6", &six.v6), 1);
        six.scope_id = 2;
        seven = six;
        seven.v6.s6_addr[15] = 7;

        note(p, make_address(1, 1000), 2, 100);
        note(p, make_address(1, 2000), 3, 200);
        note(p, six, 1, 150);
        note(p, seven, 1, 160);
        seven.scope_id = 3;
        note(p, seven, 1, 170);
        peers_note(p, &(Peer){ .address = six,
                               .refused = 4,
                               .connections_accepted = 5,
                               .last_seen_usec = 300 });

        assert_int_equal(peers_copy(p, copy), 4);
        found = find(copy, 4, make_address(1, 0));
        assert_non_null(found);
        assert_int_equal(found->address.port, 0);
        assert_int_equal(found->received, 5);
        assert_int_equal(found->bytes, 50);
        assert_int_equal(found->first_seen_usec, 100);
        assert_int_equal(found->last_seen_usec, 200);
        found = find(copy, 4, six);
        assert_non_null(found);
        assert_int_equal(found->received, 1);
        assert_int_equal(found->refused, 4);
        assert_int_equal(found->connections_accepted, 5);
        assert_int_equal(found->last_seen_usec, 300);
        assert_int_equal(peers_forgotten(p), 0);
        assert_null(peers_free(p));
        assert_null(peers_free(NULL));
}

/* A million spoofed addresses: the table keeps its size, and who has sent more stays in it. */
static void test_flood(void **state) {
        static Peer copy[PEERS_MAX];
        Peers *p = peers_new();
        size_t n;

        (void)state;
        assert_non_null(p);
        for (uint32_t i = 0; i < N_SPOOFED; i++) {
                note(p, make_address(0xc6120000u + i, 53), 1, 1000 + i);
                if (i % (N_SPOOFED / 20) == 0)
                        for (uint32_t t = 0; t < N_TALKERS; t++)
                                note(p, make_address(TALKER_BASE + t, 9), 2, 1000 + i);
        }
        n = peers_merge(copy, peers_copy(p, copy));
        assert_int_equal(n, PEERS_MAX);
        assert_int_equal(peers_forgotten(p), N_SPOOFED + N_TALKERS - PEERS_MAX);
        for (uint32_t t = 0; t < N_TALKERS; t++) {
                const Peer *found = find(copy, N_TALKERS, make_address(TALKER_BASE + t, 0));

                assert_non_null(found);
                assert_int_equal(found->received, 40);
                assert_int_equal(found->first_seen_usec, 1000);
        }
        assert_null(peers_free(p));
}

/* The tables of several workers as one, most messages first. */
static void test_merge(void **state) {
        Peer array[5];

        (void)state;
        memset(array, 0, sizeof(array));
        for (uint32_t i = 0; i < ELEMENTSOF(array); i++)
                array[i] = (Peer){ .received = i + 1,
                                   .first_seen_usec = 10 + i,
                                   .last_seen_usec = 20 + i };
        array[0].address = array[3].address = make_address(1, 0); /* 1 + 4 */
        array[1].address = array[4].address = make_address(2, 0); /* 2 + 5 */
        array[2].address = make_address(3, 0);                    /* 3 */
        assert_int_equal(peers_merge(array, ELEMENTSOF(array)), 3);
        assert_int_equal(array[0].received, 7);
        assert_int_equal(array[0].address.v4.s_addr, htonl(2));
        assert_int_equal(array[0].first_seen_usec, 11);
        assert_int_equal(array[0].last_seen_usec, 24);
        assert_int_equal(array[1].received, 5);
        assert_int_equal(array[2].received, 3);
        assert_int_equal(peers_merge(array, 0), 0);
}

static void test_lines(void **state) {
        static const struct {
                const char *line;
                int result;
        } bad[] = {
                { "", -EINVAL },
                { "192.0.2.7", -EINVAL },
                { "192.0.2.7 1 2 3 4 5", -EINVAL },
                { "192.0.2.7 1 2 3 4 5 6 7", -EINVAL },
                { "192.0.2.7 1 2 3 4 5 6 ", -EINVAL },
                { "192.0.2.7 1 2 3 4 5 6 7 8 9", -EINVAL },
                { "192.0.2.7 1 2 3 4 5 -6", -EINVAL },
                { "192.0.2.7 1 2 3 4 5  6", -EINVAL },
                { "192.0.2.7 1 2 3 4 5 6x", -EINVAL },
                { "192.0.2.7:80 1 2 3 4 5 6", -EINVAL },
                { "somebody 1 2 3 4 5 6", -EINVAL },
                { " 1 2 3 4 5 6", -EINVAL },
                { "fe80::1%nothing 1 2 3 4 5 6", -ENODEV },
                { "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
                  "00000000"
                  " 1 2 3 4 5 6",
                  -EINVAL },
        };
        static const char *const good[] = {
                "192.0.2.7 1 2 3 4 5 6 7 8",
                "2001:db8::7 0 0 0 0 0 0 0 0",
                "fe80::7%lo 9223372036854775807 2 3 4 5 9223372036854775807 7 8",
        };
        char line[PEERS_LINE_MAX];
        Peer e = { .received = 9 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                assert_int_equal(peers_parse(bad[i].line, &e), bad[i].result);
                assert_int_equal(e.received, 9);
        }
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_int_equal(peers_parse(good[i], &e), 0);
                peers_format(&e, line);
                assert_string_equal(line, good[i]);
        }
        assert_int_equal(peers_parse(good[0], &e), 0);
        assert_int_equal(e.received, 1);
        assert_int_equal(e.bytes, 2);
        assert_int_equal(e.refused, 3);
        assert_int_equal(e.connections_accepted, 4);
        assert_int_equal(e.first_seen_usec, 5);
        assert_int_equal(e.last_seen_usec, 6);
        assert_int_equal(e.denied, 7);
        assert_int_equal(e.held_back_usec, 8);
        /* Of an earlier version; a number that is too large. */
        assert_int_equal(peers_parse("::ffff:192.0.2.7 99999999999999999999999 2 3 4 5 6", &e), 0);
        peers_format(&e, line);
        assert_string_equal(line, "192.0.2.7 9223372036854775807 2 3 4 5 6 0 0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_figures),
                cmocka_unit_test(test_flood),
                cmocka_unit_test(test_merge),
                cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
