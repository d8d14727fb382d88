/* SPDX-License-Identifier: MIT */
/* Addresses: what is taken for one, how it is shown, and that IPv4-mapped ones are IPv4 by then. */

#include "core/address.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/vm_sockets.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

typedef union Sockaddr {
        struct sockaddr sa;
        struct sockaddr_in6 in6;
        struct sockaddr_storage storage;
} Sockaddr;

static void check_text(const Address *a, const char *text, const char *host) {
        char buf[ADDRESS_TEXT_MAX];

        assert_int_equal(address_format(a, buf), strlen(text));
        assert_string_equal(buf, text);
        assert_int_equal(address_format_host(a, buf), strlen(host));
        assert_string_equal(buf, host);
}

static void test_parse(void **state) {
        static const struct {
                const char *host;
                uint16_t port;
                const char *text;
                const char *shown; /* NULL: as host */
        } table[] = {
                { "192.0.2.7", 51234, "192.0.2.7:51234", NULL },
                { "0.0.0.0", 0, "0.0.0.0:0", NULL },
                { "255.255.255.255", 65535, "255.255.255.255:65535", NULL },
                { "10.20.100.9", 9, "10.20.100.9:9", NULL },
                { "2001:db8::1", 51234, "[2001:db8::1]:51234", NULL },
                { "2001:DB8:0:0::0001", 1, "[2001:db8::1]:1", "2001:db8::1" },
                { "::", 80, "[::]:80", NULL },
                { "::1", 80, "[::1]:80", NULL },
                { "fe80::1", 5, "[fe80::1]:5", NULL },
                { "fe80::1%lo", 5, "[fe80::1%lo]:5", NULL },
                { "fe80::1%1", 5, "[fe80::1%lo]:5", "fe80::1%lo" },
                { "ff02::1%lo", 5, "[ff02::1%lo]:5", NULL },
                { "fe80::1%4294967295", 5, "[fe80::1%4294967295]:5", NULL },
                { "::ffff:192.0.2.7", 7, "192.0.2.7:7", "192.0.2.7" },
                { "::ffff:0:0", 7, "0.0.0.0:7", "0.0.0.0" },
                { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
                  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", NULL },
        };
        Address again;
        Address a;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(address_parse(table[i].host, table[i].port, &a), 0);
                check_text(&a, table[i].text, table[i].shown ? table[i].shown : table[i].host);
                assert_int_equal(address_parse(table[i].shown ? table[i].shown : table[i].host,
                                               table[i].port, &again),
                                 0);
                assert_true(address_equal(&a, &again));
        }
}

static void test_parse_refuses(void **state) {
        static const struct {
                const char *text;
                int error;
        } table[] = {
                { "", -EINVAL },
                { "*", -EINVAL },
                { "localhost", -EINVAL },
                { "192.0.2", -EINVAL },
                { "192.0.2.256", -EINVAL },
                { "192.0.2.7 ", -EINVAL },
                { "192.0.2.7:80", -EINVAL },
                { "192.0.2.7%lo", -EINVAL },
                { "[::1]", -EINVAL },
                { ":::", -EINVAL },
                { "::1%lo", -EINVAL },
                { "2001:db8::1%1", -EINVAL },
                { "fe80::1%", -EINVAL },
                { "%lo", -EINVAL },
                { "fe80::1%no-such-if", -ENODEV },
                { "fe80::1%0", -ENODEV },
                { "fe80::1%4294967296", -ENODEV },
                { "fe80::1%-1", -ENODEV },
                { "fe80::1%lo%lo", -ENODEV },
                { "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", -EINVAL },
        };
        Address a = { .port = 4711 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(address_parse(table[i].text, 80, &a), table[i].error);
                assert_int_equal(a.port, 4711);
        }
}

static void test_sockaddr(void **state) {
        static const char *const hosts[] = { "192.0.2.7", "2001:db8::1", "fe80::1%lo",
                                             "::", "0.0.0.0" };
        Sockaddr s;
        Address again;
        Address a;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
                assert_int_equal(address_parse(hosts[i], 513, &a), 0);
                assert_int_equal(address_to_sockaddr(&a, &s.storage),
                                 a.family == AF_INET ? sizeof(struct sockaddr_in)
                                                     : sizeof(struct sockaddr_in6));
                assert_int_equal(address_from_sockaddr(&s.sa, &again), 0);
                assert_true(address_equal(&a, &again));
        }
        s.sa.sa_family = AF_NETLINK;
        assert_int_equal(address_from_sockaddr(&s.sa, &again), -EAFNOSUPPORT);
}

/* What a dual-stack socket reports, and a scope where none belongs. */
static void test_sockaddr_v6(void **state) {
        Sockaddr s = {
                .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(99), .sin6_scope_id = 1 },
        };
        Address a;

        (void)state;
        assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &s.in6.sin6_addr), 1);
        assert_int_equal(address_from_sockaddr(&s.sa, &a), 0);
        assert_int_equal(a.family, AF_INET);
        check_text(&a, "127.0.0.1:99", "127.0.0.1");

        assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &s.in6.sin6_addr), 1);
        assert_int_equal(address_from_sockaddr(&s.sa, &a), 0);
        assert_int_equal(a.scope_id, 0);
        check_text(&a, "[2001:db8::1]:99", "2001:db8::1");
}

static void test_zeroed(void **state) {
        const AddressKey none = { { 0 } };
        Address a = { 0 };
        Address b = { 0 };
        AddressKey key = address_key(&a);

        (void)state;
        check_text(&a, "-", "-");
        assert_memory_equal(&key, &none, sizeof(key));
        assert_true(address_equal(&a, &b));
        assert_false(address_is_any(&a));
        assert_false(address_is_group(&a));
}

static void test_questions(void **state) {
        static const struct {
                const char *host;
                bool any;
                bool group;
        } table[] = {
                { "0.0.0.0", true, false },
                { "::", true, false },
                { "::ffff:0.0.0.0", true, false },
                { "127.0.0.1", false, false },
                { "223.255.255.255", false, false },
                { "224.0.0.1", false, true },
                { "239.1.2.3", false, true },
                { "240.0.0.1", false, false },
                { "255.255.255.255", false, true },
                { "255.255.255.254", false, false },
                { "ff02::1", false, true },
                { "fe80::1", false, false },
                { "::1", false, false },
        };
        Address a;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(address_parse(table[i].host, 1, &a), 0);
                assert_int_equal(address_is_any(&a), table[i].any);
                assert_int_equal(address_is_group(&a), table[i].group);
        }
}

static void test_equal(void **state) {
        static const struct {
                const char *a;
                const char *b;
                uint16_t port_b;
                bool equal;
                bool same_key;
        } table[] = {
                { "192.0.2.1", "192.0.2.1", 1, true, true },
                { "192.0.2.1", "192.0.2.1", 2, false, true },
                { "192.0.2.1", "192.0.2.2", 1, false, false },
                { "192.0.2.1", "::ffff:192.0.2.1", 1, true, true },
                { "0.0.0.0", "::", 1, false, false },
                { "2001:db8::1", "2001:db8::2", 1, false, true },
                { "2001:db8::1", "2001:db8:0:1::1", 1, false, false },
                { "fe80::1%1", "fe80::1%1", 2, false, true },
                { "fe80::1%1", "fe80::1%2", 1, false, false },
                { "fe80::1%1", "fe80::2%1", 1, false, false },
                { "fe80::1%1", "fe80:0:0:1::1%1", 1, false, false },
                { "febf::1", "febf::2", 1, false, false },
                { "fec0::1", "fec0::2", 1, false, true },
        };
        AddressKey keys[2];
        Address a;
        Address b;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(address_parse(table[i].a, 1, &a), 0);
                assert_int_equal(address_parse(table[i].b, table[i].port_b, &b), 0);
                assert_int_equal(address_equal(&a, &b), table[i].equal);
                keys[0] = address_key(&a);
                keys[1] = address_key(&b);
                assert_int_equal(memcmp(&keys[0], &keys[1], sizeof(keys[0])) == 0,
                                 table[i].same_key);
        }
}

/* Every number an octet and a port can be, against the C library. */
static void test_numbers(void **state) {
        char expected[ADDRESS_TEXT_MAX];
        char host[INET_ADDRSTRLEN];
        Address a = { .family = AF_INET };

        (void)state;
        for (uint32_t i = 0; i < 65536; i++) {
                a.v4.s_addr = htonl(i * 65537);
                a.port = (uint16_t)i;
                assert_non_null(inet_ntop(AF_INET, &a.v4, host, sizeof(host)));
                (void)snprintf(expected, sizeof(expected), "%s:%u", host, i);
                check_text(&a, expected, host);
        }
}

/* Processes and virtual machines: shown, and read again as far as limits know them. */
static void test_local(void **state) {
        static const struct {
                Address a;
                const char *text, *host;
        } table[] = {
                { { .family = AF_UNIX, .process = { 1000, 100, 4711 } },
                  "uid:1000/pid:4711",
                  "uid:1000" },
                { { .family = AF_UNIX, .process = { 0, 0, 0 } }, "uid:0/pid:0", "uid:0" },
                { { .family = AF_UNIX, .process = { ADDRESS_ID_UNKNOWN, ADDRESS_ID_UNKNOWN, 0 } },
                  "uid:-/pid:0",
                  "uid:-" },
                { { .family = AF_UNIX, .process = { UINT32_MAX - 1, 1, UINT32_MAX } },
                  "uid:4294967294/pid:4294967295",
                  "uid:4294967294" },
                { { .family = AF_VSOCK, .machine = { 3, 100000 } }, "vsock:3:100000", "vsock:3" },
                { { .family = AF_VSOCK, .machine = { 0, 1 } }, "vsock:0:1", "vsock:0" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Address again;

                check_text(&table[i].a, table[i].text, table[i].host);
                assert_int_equal(address_parse_peer(table[i].host, 1, &again), 0);
                assert_true(address_same_host(&table[i].a, &again));
                assert_false(address_is_any(&table[i].a) || address_is_group(&table[i].a) ||
                             address_is_multicast(&table[i].a) || address_has_scope(&table[i].a));
        }
        assert_int_equal(address_port(&table[4].a), 100000);
        assert_int_equal(address_port(&table[0].a), 0);
}

static void test_parse_peer(void **state) {
        static const char *const wrong[] = { "uid:",    "uid:x",          "uid:1x", "uid:00",
                                             "uid:-1",  "uid:4294967296", "gid:1",  "vsock:",
                                             "vsock:-", "vsock:1:2",      "pid:1",  "UID:1" };
        Address a = { .port = 4711 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(address_parse_peer(wrong[i], 1, &a), -EINVAL);
                assert_int_equal(a.port, 4711);
        }
        assert_int_equal(address_parse_peer("192.0.2.7", 5, &a), 0);
        check_text(&a, "192.0.2.7:5", "192.0.2.7");
        assert_int_equal(address_parse_peer("vsock:4294967295", 7, &a), 0);
        check_text(&a, "vsock:-:7", "vsock:-");
}

/* Limits are of users and machines; two processes of a user are two peers. */
static void test_equal_local(void **state) {
        const Address process = { .family = AF_UNIX, .process = { 1000, 100, 1 } };
        const Address machine = { .family = AF_VSOCK, .machine = { 3, 1 } };
        AddressKey keys[2];
        Address b = process;

        (void)state;
        assert_true(address_equal(&process, &b));
        b.process.pid = 2;
        assert_false(address_equal(&process, &b));
        assert_true(address_same_host(&process, &b));
        b = process;
        b.process.gid = 101;
        assert_false(address_equal(&process, &b));
        keys[0] = address_key(&process);
        keys[1] = address_key(&b);
        assert_memory_equal(&keys[0], &keys[1], sizeof(keys[0]));
        b.process.uid = 1001;
        keys[1] = address_key(&b);
        assert_memory_not_equal(&keys[0], &keys[1], sizeof(keys[0]));
        assert_false(address_same_host(&process, &b));
        assert_false(address_same_host(&process, &machine));

        b = machine;
        b.machine.port = 2;
        assert_false(address_equal(&machine, &b));
        keys[0] = address_key(&machine);
        keys[1] = address_key(&b);
        assert_memory_equal(&keys[0], &keys[1], sizeof(keys[0]));
        b.machine.cid = 4;
        keys[1] = address_key(&b);
        assert_memory_not_equal(&keys[0], &keys[1], sizeof(keys[0]));
        assert_false(address_same_host(&machine, &b));
}

static void test_sockaddr_local(void **state) {
        const Address machine = { .family = AF_VSOCK, .machine = { 3, 100000 } };
        Sockaddr s = { .sa.sa_family = AF_UNIX };
        Address a;

        (void)state;
        assert_int_equal(address_from_sockaddr(&s.sa, &a), 0);
        check_text(&a, "uid:-/pid:0", "uid:-");
        assert_int_equal(address_to_sockaddr(&machine, &s.storage), sizeof(struct sockaddr_vm));
        assert_int_equal(address_from_sockaddr(&s.sa, &a), 0);
        assert_true(address_equal(&machine, &a));
}

static void test_of_socket(void **state) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        Address a;

        (void)state;
        assert_int_equal(address_of_socket(fd, &a), 0);
        check_text(&a, "0.0.0.0:0", "0.0.0.0");
        assert_int_equal(address_of_socket(-EBADF, &a), -EBADF);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),          cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_sockaddr),       cmocka_unit_test(test_sockaddr_v6),
                cmocka_unit_test(test_zeroed),         cmocka_unit_test(test_questions),
                cmocka_unit_test(test_equal),          cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_local),          cmocka_unit_test(test_parse_peer),
                cmocka_unit_test(test_of_socket),      cmocka_unit_test(test_equal_local),
                cmocka_unit_test(test_sockaddr_local),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
