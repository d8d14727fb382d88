/* SPDX-License-Identifier: MIT */
/* What is a prefix, and what is in it. */

#include "core/prefix.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_parse(void **state) {
        static const struct {
                const char *text;
                int r;
                unsigned bits;
        } table[] = {
                { "192.0.2.7", 0, 32 },
                { "192.0.2.0/24", 0, 24 },
                { "0.0.0.0/0", 0, 0 },
                { "192.0.2.128/25", 0, 25 },
                { "2001:db8::/32", 0, 32 },
                { "::/0", 0, 0 },
                { "2001:db8::1", 0, 128 },
                { "::ffff:192.0.2.0/120", 0, 24 },
                { "::ffff:192.0.2.7", 0, 32 },
                { "192.0.2.7/24", 1, 24 }, /* host bits are cleared */
                { "2001:db8::1/32", 1, 32 },
                { "::ffff:192.0.2.7/120", 1, 24 },
                { "192.0.2.0/33", -EINVAL, 0 },
                { "2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:"
                  "db8/32",
                  -EINVAL, 0 },
                { "::ffff:0.0.0.0/90", -EINVAL, 0 },
                { "2001:db8::/129", -EINVAL, 0 },
                { "fe80::%1/10", 0, 10 },
                { "febf::%1/10", 1, 10 },
                { "fe80::%1/9", -EINVAL, 0 }, /* fe80::%1 still, but not all of it is link-local */
                { "fe80::%1/8", -EINVAL, 0 },
                { "fe80::%1/0", -EINVAL, 0 },
                { "192.0.2.0/", -EINVAL, 0 },
                { "192.0.2.0/ 24", -EINVAL, 0 },
                { "192.0.2.0/-1", -EINVAL, 0 },
                { "192.0.2.0/24x", -EINVAL, 0 },
                { "192.0.2.0/99999999999999999999", -EINVAL, 0 },
                { "192.0.2/24", -EINVAL, 0 },
                { "*", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "/8", -EINVAL, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Prefix p = { .bits = 777 };

                assert_int_equal(prefix_parse(table[i].text, &p), table[i].r);
                assert_int_equal(p.bits, table[i].r >= 0 ? table[i].bits : 777);
        }
}

static void test_has(void **state) {
        static const struct {
                const char *prefix, *address;
                bool in;
        } table[] = {
                { "192.0.2.0/24", "192.0.2.255", true },
                { "192.0.2.0/24", "192.0.3.0", false },
                { "192.0.2.128/25", "192.0.2.127", false },
                { "192.0.2.128/25", "192.0.2.128", true },
                { "192.0.2.7", "192.0.2.7", true },
                { "192.0.2.7", "::ffff:192.0.2.7", true },
                { "192.0.2.7", "192.0.2.6", false },
                { "0.0.0.0/0", "203.0.113.9", true },
                { "0.0.0.0/0", "2001:db8::1", false },
                { "::/0", "192.0.2.1", false },
                { "2001:db8::/33", "2001:db8:7fff::1", true },
                { "2001:db8::/33", "2001:db8:8000::1", false },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Prefix p;
                Address a;

                assert_int_equal(prefix_parse(table[i].prefix, &p), 0);
                assert_int_equal(address_parse(table[i].address, 5, &a), 0);
                assert_int_equal(prefix_has(&p, &a), table[i].in);
        }
}

/* A scope in the prefix has to be the same; without one any will do. */
static void test_scope(void **state) {
        Address a = { .family = AF_INET6, .scope_id = 3 };
        Prefix p = { .base = { .family = AF_INET6, .scope_id = 2 }, .bits = 128 };

        (void)state;
        assert_false(prefix_has(&p, &a));
        assert_true(prefix_is_address(&p));
        p.base.scope_id = 0;
        assert_true(prefix_has(&p, &a));
        p.bits = 64;
        assert_false(prefix_is_address(&p));
}

/* Users, groups and virtual machines. */
static void test_local(void **state) {
        static const struct {
                const char *text;
                int family; /* AF_UNSPEC: it is none */
                uint32_t uid, gid, cid;
        } table[] = {
                { "uid:1000", AF_UNIX, 1000, ADDRESS_ID_UNKNOWN, 0 },
                { "uid:0", AF_UNIX, 0, ADDRESS_ID_UNKNOWN, 0 },
                { "gid:100", AF_UNIX, ADDRESS_ID_UNKNOWN, 100, 0 },
                { "gid:4294967294", AF_UNIX, ADDRESS_ID_UNKNOWN, UINT32_MAX - 1, 0 },
                { "vsock:3", AF_VSOCK, 0, 0, 3 },
                { "uid:", AF_UNSPEC, 0, 0, 0 },
                { "uid:-", AF_UNSPEC, 0, 0, 0 },
                { "gid:-", AF_UNSPEC, 0, 0, 0 },
                { "uid:4294967295", AF_UNSPEC, 0, 0, 0 },
                { "gid:4294967295", AF_UNSPEC, 0, 0, 0 },
                { "gid:42949672960", AF_UNSPEC, 0, 0, 0 },
                { "gid:1000000000000000000000", AF_UNSPEC, 0, 0, 0 },
                { "uid:1000/8", AF_UNSPEC, 0, 0, 0 },
                { "vsock:3/8", AF_UNSPEC, 0, 0, 0 },
                { "vsock:3:1", AF_UNSPEC, 0, 0, 0 },
                { "gid", AF_UNSPEC, 0, 0, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Prefix p = { .bits = 777 };

                if (table[i].family == AF_UNSPEC) {
                        assert_int_equal(prefix_parse(table[i].text, &p), -EINVAL);
                        continue;
                }
                assert_int_equal(prefix_parse(table[i].text, &p), 0);
                assert_int_equal(p.base.family, table[i].family);
                assert_true(prefix_is_address(&p));
                if (table[i].family == AF_VSOCK) {
                        assert_int_equal(p.base.machine.cid, table[i].cid);
                        continue;
                }
                assert_int_equal(p.base.process.uid, table[i].uid);
                assert_int_equal(p.base.process.gid, table[i].gid);
        }
}

static void test_has_local(void **state) {
        const Address process = { .family = AF_UNIX, .process = { 1000, 100, 4711 } };
        const Address unknown = { .family = AF_UNIX,
                                  .process = { ADDRESS_ID_UNKNOWN, ADDRESS_ID_UNKNOWN, 0 } };
        const Address machine = { .family = AF_VSOCK, .machine = { 3, 9 } };
        static const struct {
                const char *text;
                bool process, machine;
        } table[] = {
                { "uid:1000", true, false },   { "gid:100", true, false },
                { "uid:100", false, false },   { "gid:1000", false, false },
                { "vsock:3", false, true },    { "vsock:4", false, false },
                { "0.0.0.0/0", false, false }, { "::/0", false, false },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Prefix p;

                assert_int_equal(prefix_parse(table[i].text, &p), 0);
                assert_int_equal(prefix_has(&p, &process), table[i].process);
                assert_int_equal(prefix_has(&p, &machine), table[i].machine);
                assert_false(prefix_has(&p, &unknown));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),     cmocka_unit_test(test_has),
                cmocka_unit_test(test_scope),     cmocka_unit_test(test_local),
                cmocka_unit_test(test_has_local),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
