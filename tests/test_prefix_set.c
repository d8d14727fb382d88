/* SPDX-License-Identifier: MIT */
/* Sets of prefixes, against a search through all of them. */

#include "core/prefix_set.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define N_RANDOM 300
#define N_LARGE 100000

static Prefix parse(const char *text) {
        Prefix p;

        assert_true(prefix_parse(text, &p) >= 0);
        return p;
}

static PrefixSet *make(const Prefix *prefixes, size_t n) {
        PrefixSet *s = prefix_set_new();

        assert_non_null(s);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(prefix_set_add(s, &prefixes[i]), 0);
        assert_int_equal(prefix_set_size(s), n);
        prefix_set_seal(s);
        return s;
}

static void test_table(void **state) {
        const Prefix prefixes[] = {
                parse("192.0.2.0/24"),   parse("192.0.2.7"),     parse("10.0.0.0/8"),
                parse("10.1.0.0/16"),    parse("2001:db8::/32"), parse("2001:db8:1::/48"),
                parse("::ffff:7.7.7.7"), parse("fe80::1%lo"),    parse("fe80:0:0:1::/64"),
        };
        static const struct {
                const char *address;
                bool is_in;
        } table[] = {
                { "192.0.2.0", true },        { "192.0.2.255", true },      { "192.0.3.0", false },
                { "192.0.1.255", false },     { "10.255.255.255", true },   { "11.0.0.0", false },
                { "2001:db8:ffff::1", true }, { "2001:db9::", false },      { "7.7.7.7", true },
                { "::ffff:192.0.2.9", true }, { "::192.0.2.9", false },     { "fe80::1%lo", true },
                { "fe80::2%lo", false },      { "fe80:0:0:1::5%lo", true }, { "::", false },
                { "255.255.255.255", false }, { "0.0.0.0", false },
        };
        PrefixSet *s = make(prefixes, ELEMENTSOF(prefixes)), *none = make(NULL, 0);

        (void)state;
        assert_int_equal(prefix_set_size(s), 6);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Address a;

                assert_int_equal(address_parse(table[i].address, 1, &a), 0);
                if (prefix_set_has(s, &a) != table[i].is_in)
                        fail_msg("%s", table[i].address);
                assert_false(prefix_set_has(none, &a));
        }
        assert_null(prefix_set_free(s));
        assert_null(prefix_set_free(none));
        assert_null(prefix_set_free(NULL));
}

/* Everything is in a prefix of no bits; but only what is of its family. */
static void test_all(void **state) {
        const Prefix v4 = parse("0.0.0.0/0"), v6 = parse("::/0");
        PrefixSet *s = make(&v4, 1), *t = make(&v6, 1);
        Address a, b;

        (void)state;
        assert_int_equal(address_parse("255.255.255.255", 1, &a), 0);
        assert_int_equal(address_parse("fe80::1%lo", 1, &b), 0);
        assert_true(prefix_set_has(s, &a));
        assert_false(prefix_set_has(s, &b));
        assert_false(prefix_set_has(t, &a));
        assert_true(prefix_set_has(t, &b));
        (void)prefix_set_free(s);
        (void)prefix_set_free(t);
}

/* Users, groups and machines beside addresses: each is only what it says. */
static void test_local(void **state) {
        const Prefix prefixes[] = {
                parse("uid:1000"), parse("uid:1000"),  parse("gid:100"), parse("gid:1000"),
                parse("vsock:3"),  parse("0.0.0.0/0"), parse("::/0"),
        };
        static const struct {
                Address a;
                bool is_in;
        } table[] = {
                { { .family = AF_UNIX, .process = { 1000, 5, 1 } }, true },
                { { .family = AF_UNIX, .process = { 5, 100, 1 } }, true },
                { { .family = AF_UNIX, .process = { 5, 1000, 1 } }, true },
                { { .family = AF_UNIX, .process = { 100, 5, 1 } }, false },
                { { .family = AF_UNIX, .process = { 0, 0, 1 } }, false },
                { { .family = AF_UNIX, .process = { ADDRESS_ID_UNKNOWN, ADDRESS_ID_UNKNOWN, 0 } },
                  false },
                { { .family = AF_VSOCK, .machine = { 3, 77 } }, true },
                { { .family = AF_VSOCK, .machine = { 1000, 77 } }, false },
        };
        PrefixSet *s = make(prefixes, ELEMENTSOF(prefixes));

        (void)state;
        assert_int_equal(prefix_set_size(s), ELEMENTSOF(prefixes) - 1);
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(prefix_set_has(s, &table[i].a), table[i].is_in);
        (void)prefix_set_free(s);
}

/* Few bits differ, so that many contain each other. */
static Address make_address(unsigned *seed) {
        Address a = { .family = rand_r(seed) % 2 ? AF_INET : AF_INET6 };

        if (a.family == AF_INET) {
                a.v4.s_addr = htonl((uint32_t)(rand_r(seed) & 0x0f00000f));
                return a;
        }
        a.v6.s6_addr[0] = (uint8_t)(rand_r(seed) & 0x81);
        a.v6.s6_addr[15] = (uint8_t)(rand_r(seed) & 0x0f);
        a.scope_id = (uint32_t)(rand_r(seed) % 3);
        return a;
}

static Prefix make_prefix(unsigned *seed) {
        Address a = make_address(seed);
        unsigned bits = (unsigned)rand_r(seed) % (a.family == AF_INET ? 33 : 129);
        char text[ADDRESS_TEXT_MAX], with_bits[ADDRESS_TEXT_MAX + 4];
        Prefix p;
        uint32_t scope = a.scope_id;

        a.scope_id = 0;
        (void)address_format_host(&a, text);
        (void)snprintf(with_bits, sizeof(with_bits), "%s/%u", text, bits);
        p = parse(with_bits); /* clears the bits beyond */
        p.base.scope_id = scope;
        return p;
}

static void test_random(void **state) {
        unsigned seed = 1;

        (void)state;
        for (unsigned round = 0; round < 100; round++) {
                Prefix prefixes[N_RANDOM];
                size_t n = (size_t)rand_r(&seed) % (round % 2 ? N_RANDOM : 10);
                PrefixSet *s;

                for (size_t i = 0; i < n; i++)
                        prefixes[i] = make_prefix(&seed);
                s = make(prefixes, n);
                for (unsigned i = 0; i < 500; i++) {
                        Address a = make_address(&seed);
                        bool is_in = false;

                        for (size_t j = 0; j < n; j++)
                                is_in |= prefix_has(&prefixes[j], &a);
                        assert_int_equal(prefix_set_has(s, &a), is_in);
                }
                (void)prefix_set_free(s);
        }
}

/* As many as a file may have, none within another. */
static void test_large(void **state) {
        PrefixSet *s = prefix_set_new();
        Address a = { .family = AF_INET };

        (void)state;
        assert_non_null(s);
        for (uint32_t i = 0; i < N_LARGE; i++) {
                const Prefix p = { { .family = AF_INET, .v4.s_addr = htonl(i * 8191 << 2) }, 30 };

                assert_int_equal(prefix_set_add(s, &p), 0);
        }
        prefix_set_seal(s);
        assert_int_equal(prefix_set_size(s), N_LARGE);
        for (uint32_t i = 0; i < N_LARGE; i++) {
                a.v4.s_addr = htonl((i * 8191 << 2) + 3);
                assert_true(prefix_set_has(s, &a));
                a.v4.s_addr = htonl((i * 8191 << 2) + 4);
                assert_false(prefix_set_has(s, &a));
        }
        (void)prefix_set_free(s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table), cmocka_unit_test(test_local),
                cmocka_unit_test(test_all),   cmocka_unit_test(test_random),
                cmocka_unit_test(test_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
