/* SPDX-License-Identifier: MIT */
/* Where sockets are bound: told by the kernel, told to it, and shown. */

#include "core/endpoint.h"

#include "unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Endpoint at_path(const char *path) {
        Endpoint e = { .protocol = PROTOCOL_UNIX_STREAM, .address.family = AF_UNIX };

        endpoint_set_path(&e, path);
        return e;
}

static void check_text(const Endpoint *e, const char *expected) {
        char text[ENDPOINT_TEXT_MAX];

        endpoint_format(e, text);
        assert_string_equal(text, expected);
}

static void test_format(void **state) {
        Endpoint e = { .protocol = PROTOCOL_TCP };

        (void)state;
        assert_int_equal(address_parse("192.0.2.7", 9191, &e.address), 0);
        check_text(&e, "192.0.2.7:9191");
        e.protocol = PROTOCOL_RAW;
        check_text(&e, "192.0.2.7");
        assert_int_equal(address_parse("2001:db8::1", 1, &e.address), 0);
        check_text(&e, "2001:db8::1");
        e.protocol = PROTOCOL_UDP;
        check_text(&e, "[2001:db8::1]:1");
        e = (Endpoint){ .protocol = PROTOCOL_VSOCK,
                        .address = { .family = AF_VSOCK, .machine = { 2, 100000 } } };
        check_text(&e, "vsock:2:100000");
        e.address.machine.cid = VMADDR_CID_ANY;
        check_text(&e, "vsock:-:100000");
        e = at_path("/run/sockd/log");
        check_text(&e, "/run/sockd/log");
        e = at_path("@name");
        check_text(&e, "@name");
        e = at_path("/a\nb");
        check_text(&e, "/a\\nb");
}

/* No byte needs more than \xHH. */
static void test_longest(void **state) {
        char path[ENDPOINT_PATH_MAX], text[ENDPOINT_TEXT_MAX];
        Endpoint e;

        (void)state;
        memset(path, 1, sizeof(path));
        path[sizeof(path) - 1] = '\0';
        e = at_path(path);
        endpoint_format(&e, text);
        assert_int_equal(strlen(text), 4 * (ENDPOINT_PATH_MAX - 1));
}

static void test_is_at(void **state) {
        Endpoint a = at_path("/a"), b = at_path("/b"), x = { .protocol = PROTOCOL_RAW }, y;

        (void)state;
        assert_true(endpoint_is_at(&a, &a));
        assert_false(endpoint_is_at(&a, &b));
        b = at_path("/ab");
        assert_false(endpoint_is_at(&a, &b));
        b = at_path("/a");
        b.protocol = PROTOCOL_UNIX_DATAGRAM;
        assert_true(endpoint_is_at(&a, &b));

        assert_int_equal(address_parse("192.0.2.7", 0, &x.address), 0);
        x.ip_protocol = 253;
        y = x;
        assert_true(endpoint_is_at(&x, &y));
        y.ip_protocol = 254;
        assert_false(endpoint_is_at(&x, &y));
        y = x;
        assert_int_equal(address_parse("192.0.2.8", 0, &y.address), 0);
        assert_false(endpoint_is_at(&x, &y));
}

/* Binds a socket of this protocol there, and asks where it is. */
static void check_round(Endpoint e, int domain, int type) {
        _cleanup_close_ int fd = socket(domain, type | SOCK_CLOEXEC, 0);
        struct sockaddr_storage sa;
        socklen_t size = endpoint_to_sockaddr(&e, &sa);
        Endpoint found;

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&sa, size), 0);
        assert_int_equal(endpoint_of_socket(fd, &found), 0);
        assert_int_equal(found.protocol, e.protocol);
        e.address.port = found.address.port; /* the kernel has chosen it */
        assert_true(endpoint_is_at(&found, &e));
        if (e.path_size > 0)
                assert_string_equal(found.path, e.path);
        if (e.path[0] == '/')
                (void)unlink(e.path);
}

static void test_of_socket(void **state) {
        static const struct {
                Protocol protocol;
                int type;
        } kinds[] = {
                { PROTOCOL_UNIX_STREAM, SOCK_STREAM },
                { PROTOCOL_UNIX_DATAGRAM, SOCK_DGRAM },
                { PROTOCOL_UNIX_SEQPACKET, SOCK_SEQPACKET },
        };
        char folder[] = "/tmp/sockd-test-XXXXXX", path[ENDPOINT_PATH_MAX];
        Endpoint e = { .protocol = PROTOCOL_TCP };

        (void)state;
        assert_int_equal(address_parse("127.0.0.1", 0, &e.address), 0);
        check_round(e, AF_INET, SOCK_STREAM);
        e.protocol = PROTOCOL_UDP;
        check_round(e, AF_INET, SOCK_DGRAM);

        assert_non_null(mkdtemp(folder));
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                (void)snprintf(path, sizeof(path), "%s/s", folder);
                e = at_path(path);
                e.protocol = kinds[i].protocol;
                check_round(e, AF_UNIX, kinds[i].type);
                (void)snprintf(path, sizeof(path), "@%s", folder);
                endpoint_set_path(&e, path);
                check_round(e, AF_UNIX, kinds[i].type);
        }
        /* As long as they may be. */
        memset(path, 'x', sizeof(path));
        memcpy(path, folder, strlen(folder));
        path[strlen(folder)] = '/';
        path[sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1] = '\0';
        endpoint_set_path(&e, path);
        e.protocol = PROTOCOL_UNIX_STREAM;
        check_round(e, AF_UNIX, SOCK_STREAM);
        e.path[0] = '@';
        check_round(e, AF_UNIX, SOCK_STREAM);
        assert_int_equal(rmdir(folder), 0);
}

/* The kernel tells the protocol as its port. */
static void test_raw(void **state) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 253);
        Endpoint e;

        (void)state;
        if (fd < 0)
                skip(); /* only root may */
        assert_int_equal(endpoint_of_socket(fd, &e), 0);
        assert_int_equal(e.protocol, PROTOCOL_RAW);
        assert_int_equal(e.ip_protocol, 253);
        assert_int_equal(e.address.port, 0);
}

static void test_unbound(void **state) {
        int pair[2];
        Endpoint e;

        (void)state;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(endpoint_of_socket(pair[0], &e), 0);
        assert_int_equal(e.path_size, 0);
        assert_string_equal(e.path, "");
        (void)close(pair[0]);
        (void)close(pair[1]);
}

static void test_refused(void **state) {
        _cleanup_close_ int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0),
                            file = open("/dev/null", O_RDONLY | O_CLOEXEC);
        Endpoint e = { .ip_protocol = 77 };

        (void)state;
        assert_int_equal(endpoint_of_socket(netlink, &e), -EPROTONOSUPPORT);
        assert_int_equal(endpoint_of_socket(file, &e), -ENOTSOCK);
        assert_int_equal(endpoint_of_socket(-EBADF, &e), -EBADF);
        assert_int_equal(e.ip_protocol, 77);
}

static void test_vsock(void **state) {
        const Endpoint e = { .protocol = PROTOCOL_VSOCK,
                             .address = { .family = AF_VSOCK, .machine = { 3, 100000 } } };
        struct sockaddr_storage sa;
        struct sockaddr_vm vm;

        (void)state;
        assert_int_equal(endpoint_to_sockaddr(&e, &sa), sizeof(vm));
        memcpy(&vm, &sa, sizeof(vm));
        assert_int_equal(vm.svm_cid, 3);
        assert_int_equal(vm.svm_port, 100000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_format),  cmocka_unit_test(test_longest),
                cmocka_unit_test(test_is_at),   cmocka_unit_test(test_of_socket),
                cmocka_unit_test(test_raw),     cmocka_unit_test(test_unbound),
                cmocka_unit_test(test_refused), cmocka_unit_test(test_vsock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
