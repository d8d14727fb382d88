/* SPDX-License-Identifier: MIT */
/* Names in the descriptor store, what is said about them, and who is believed to keep them. */

#include "daemon/systemd/fdstore.h"

#include "core/macro.h"
#include "notify_socket.h"
#include <errno.h>
#include <string.h>

static void test_name(void **state _unused_) {
        static const struct {
                Protocol protocol;
                const char *address;
                uint16_t port;
                const char *name;
        } rows[] = {
                { PROTOCOL_TCP, "127.0.0.1", 9191, "sockd-own-tcp-127.0.0.1_9191" },
                { PROTOCOL_UDP, "127.0.0.1", 9191, "sockd-own-udp-127.0.0.1_9191" },
                { PROTOCOL_TCP, "::1", 1, "sockd-own-tcp-[__1]_1" },
                { PROTOCOL_UDP, "1111:2222:3333:4444:5555:6666:7777:8888", 65535,
                  "sockd-own-udp-[1111_2222_3333_4444_5555_6666_7777_8888]_65535" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char name[FDSTORE_NAME_MAX];
                Endpoint at = { .protocol = rows[i].protocol };

                assert_int_equal(address_parse(rows[i].address, rows[i].port, &at.address), 0);
                fdstore_name(&at, "", "", name);
                assert_string_equal(name, rows[i].name);
                assert_true(fdstore_is_own(name));
        }
}

/* Paths and protocols without ports; what is not printable, or a colon, becomes "_". */
static void test_other_names(void **state _unused_) {
        Endpoint at = { .protocol = PROTOCOL_UNIX_STREAM, .address.family = AF_UNIX };
        char name[FDSTORE_NAME_MAX], path[ENDPOINT_PATH_MAX];

        endpoint_set_path(&at, "/run/sockd/a:b\n\xc3");
        fdstore_name(&at, "", "#1f", name);
        assert_string_equal(name, "sockd-own-unix-stream-/run/sockd/a_b__#1f");
        at.protocol = PROTOCOL_UNIX_DATAGRAM;
        endpoint_set_path(&at, "@name");
        fdstore_name(&at, "", "#0", name);
        assert_string_equal(name, "sockd-own-unix-datagram-@name#0");

        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        at.protocol = PROTOCOL_UNIX_SEQPACKET;
        endpoint_set_path(&at, path);
        fdstore_name(&at, "", "#0123456789abcdef", name);
        assert_string_equal(name + strlen(name) - 18, "x#0123456789abcdef");
        assert_true(strlen(name) < 255); /* of systemd */

        at = (Endpoint){ .protocol = PROTOCOL_RAW, .ip_protocol = 253 };
        assert_int_equal(address_parse("::1", 0, &at.address), 0);
        fdstore_name(&at, "eth0", "#253", name);
        assert_string_equal(name, "sockd-own-raw-__1%eth0#253");
        at = (Endpoint){ .protocol = PROTOCOL_VSOCK,
                         .address = { .family = AF_VSOCK, .machine = { 3, 100000 } } };
        fdstore_name(&at, "", "", name);
        assert_string_equal(name, "sockd-own-vsock-vsock_3_100000");
}

static void test_is_own(void **state _unused_) {
        static const char *const others[] = { "", "sockd.socket", "sockd-own", "own-sockd-own-" };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                assert_false(fdstore_is_own(others[i]));
}

static void test_put(void **state _unused_) {
        static const struct {
                const char *path, *fdstore;
                bool kept;
        } rows[] = {
                { "systemd/notify", NULL, true }, /* a systemd before 254 does not say */
                { "notify", NULL, false },           { "notify", "3", true },
                { "mysystemd/notify", NULL, false }, { "systemd/notify2", NULL, false },
        };
        char text[NOTIFY_TEXT_MAX], byte = 0;
        NotifySocket s;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                int fds[2], received;

                notify_socket_open(&s, rows[i].path);
                if (rows[i].fdstore)
                        assert_int_equal(setenv("FDSTORE", rows[i].fdstore, 1), 0);
                assert_int_equal(pipe(fds), 0);
                assert_int_equal(fdstore_put(fds[1], "sockd-own-a"), rows[i].kept);
                received = notify_socket_receive(&s, text);
                assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=sockd-own-a");
                assert_int_equal(write(received, "x", 1), 1);
                assert_int_equal(read(fds[0], &byte, 1), 1);
                closep(&received);
                closep(&fds[0]);
                closep(&fds[1]);
                assert_int_equal(unsetenv("FDSTORE"), 0);
                notify_socket_close(&s);
        }
}

static void test_no_manager(void **state _unused_) {
        assert_int_equal(setenv("FDSTORE", "3", 1), 0);
        assert_false(fdstore_put(STDIN_FILENO, "sockd-own-a"));
        assert_int_equal(unsetenv("FDSTORE"), 0);
        fdstore_drop("sockd-own-a");
}

static void test_drop(void **state _unused_) {
        char text[NOTIFY_TEXT_MAX];
        NotifySocket s;

        notify_socket_open(&s, "notify");
        fdstore_drop("sockd-own-a");
        assert_int_equal(notify_socket_receive(&s, text), -1);
        assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=sockd-own-a");
        notify_socket_close(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_name),       cmocka_unit_test(test_other_names),
                cmocka_unit_test(test_is_own),     cmocka_unit_test(test_put),
                cmocka_unit_test(test_no_manager), cmocka_unit_test(test_drop),
        };

        (void)unsetenv("NOTIFY_SOCKET"); /* not those of whoever runs the tests */
        (void)unsetenv("FDSTORE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
