/* SPDX-License-Identifier: MIT */
/* Which descriptors that a service manager passes are taken, and what becomes of the others. */

#include "daemon/systemd/activation.h"

#include "core/macro.h"
#include "notify_socket.h"
#include "stderr_text.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

static int inet_socket(int family, int type, bool bound, bool ready) {
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
        struct sockaddr_in four = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        const struct sockaddr *sa = family == AF_INET ? (const struct sockaddr *)&four
                                                      : (const struct sockaddr *)&six;
        socklen_t size = family == AF_INET ? sizeof(four) : sizeof(six);
        int fd = socket(family, type, 0);

        assert_true(fd >= 0);
        if (bound)
                assert_int_equal(bind(fd, sa, size), 0);
        if (ready && type == SOCK_STREAM)
                assert_int_equal(listen(fd, 1), 0);
        return fd;
}

static int tcp(void) {
        return inet_socket(AF_INET, SOCK_STREAM, true, true);
}

static int tcp6(void) {
        return inet_socket(AF_INET6, SOCK_STREAM, true, true);
}

static int udp(void) {
        return inet_socket(AF_INET, SOCK_DGRAM, true, true);
}

static int tcp_not_listening(void) {
        return inet_socket(AF_INET, SOCK_STREAM, true, false);
}

static int udp_not_bound(void) {
        return inet_socket(AF_INET, SOCK_DGRAM, false, false);
}

static int udp_connected(void) {
        const struct sockaddr_in sa = { .sin_family = AF_INET,
                                        .sin_port = htons(9),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = udp();

        assert_int_equal(connect(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
        return fd;
}

static int unix_datagrams(void) {
        return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int unix_pair(void) {
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
        (void)close(fds[1]); /* the other end stays connected to it */
        return fds[0];
}

static int netlink(void) {
        return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int unix_packets(void) {
        return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static int no_socket(void) {
        return open("/dev/null", O_RDONLY);
}

/* Passes what MAKE[] make under NAMES, separated by colons. */
static void pass(int (*const make[])(void), size_t n, const char *names) {
        char number[32];

        for (size_t i = 0; i < n; i++)
                assert_int_equal(make[i](), FIRST_FD + (int)i); /* the lowest one that is free */
        (void)snprintf(number, sizeof(number), "%d", (int)getpid());
        assert_int_equal(setenv("LISTEN_PID", number, 1), 0);
        (void)snprintf(number, sizeof(number), "%zu", n);
        assert_int_equal(setenv("LISTEN_FDS", number, 1), 0);
        assert_int_equal(setenv("LISTEN_FDNAMES", names, 1), 0);
}

static int take(Activation *ret, char text[static STDERR_TEXT_MAX]) {
        int before = stderr_catch(), r = activation_take(ret);

        (void)stderr_release(before, text);
        return r;
}

static void check_closed(int fd) {
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_int_equal(errno, EBADF);
}

static void test_nothing(void **state _unused_) {
        Activation a;

        assert_int_equal(activation_take(&a), 0);
        assert_int_equal(a.n_sockets, 0);
        assert_false(a.by_unit);
        activation_done(&a);
}

static void test_taken(void **state _unused_) {
        static int (*const make[])(void) = { tcp, udp, tcp6 };
        static const struct {
                const char *name, *host;
                Protocol protocol;
                bool own;
        } wanted[] = {
                { "a", "127.0.0.1", PROTOCOL_TCP, false },
                { "sockd-own-b", "127.0.0.1", PROTOCOL_UDP, true },
                { "c", "::1", PROTOCOL_TCP, false },
        };
        char text[STDERR_TEXT_MAX];
        Activation a;

        pass(make, ELEMENTSOF(make), "a:sockd-own-b:c");
        assert_int_equal(take(&a, text), 0);
        assert_string_equal(text, "");
        assert_null(getenv("LISTEN_FDS"));
        assert_true(a.by_unit);
        assert_int_equal(a.n_sockets, ELEMENTSOF(wanted));
        for (size_t i = 0; i < a.n_sockets; i++) {
                const ActivationSocket *s = &a.sockets[i];
                Address local;

                assert_int_equal(s->fd, FIRST_FD + (int)i);
                assert_string_equal(s->name, wanted[i].name);
                assert_int_equal(s->at.protocol, wanted[i].protocol);
                assert_int_equal(s->own, wanted[i].own);
                assert_int_not_equal(s->at.address.port, 0);
                assert_int_equal(address_parse(wanted[i].host, s->at.address.port, &local), 0);
                assert_true(address_equal(&s->at.address, &local));
                assert_true(fcntl(s->fd, F_GETFL) & O_NONBLOCK);
                assert_true(fcntl(s->fd, F_GETFD) & FD_CLOEXEC);
        }
        activation_done(&a);
        for (int i = 0; i < (int)ELEMENTSOF(wanted); i++)
                check_closed(FIRST_FD + i);
}

/* Each beside one that can be used. */
static void test_refused(void **state _unused_) {
        static const struct {
                int (*make)(void);
                const char *why;
        } rows[] = {
                { no_socket, "it is not a socket" },
                { netlink, "it is of no kind that sockd serves" },
                { unix_packets, "it is not listening (Accept=yes units are not supported)" },
                { unix_datagrams, "it is not bound to a path" },
                { tcp_not_listening, "it is not listening (Accept=yes units are not supported)" },
                { udp_connected, "it is connected to a peer" },
                { unix_pair, "it is connected to a peer" },
                { udp_not_bound, "it is not bound to a port" },
        };
        char text[STDERR_TEXT_MAX], line[256];
        Activation a;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                int (*const make[])(void) = { rows[i].make, tcp };

                pass(make, ELEMENTSOF(make), "bad:good");
                assert_int_equal(take(&a, text), 0);
                (void)snprintf(line, sizeof(line),
                               "ignoring descriptor 3 (bad) from the service manager: %s\n",
                               rows[i].why);
                assert_string_equal(text, line);
                check_closed(FIRST_FD);
                assert_int_equal(a.n_sockets, 1);
                assert_int_equal(a.sockets[0].fd, FIRST_FD + 1);
                assert_string_equal(a.sockets[0].name, "good");
                activation_done(&a);
        }
}

static void test_none_can_be_used(void **state _unused_) {
        static int (*const make[])(void) = { no_socket };
        char text[STDERR_TEXT_MAX];
        Activation a;

        pass(make, 1, "bad");
        assert_int_equal(take(&a, text), -ENOTSOCK);
        assert_non_null(strstr(text, "no descriptor from the service manager is usable"));
        check_closed(FIRST_FD);
}

/* One of our own that went bad leaves the store, and is no reason not to start. */
static void test_own_refused(void **state _unused_) {
        static int (*const make[])(void) = { no_socket };
        char text[STDERR_TEXT_MAX], told[NOTIFY_TEXT_MAX];
        NotifySocket s;
        Activation a;

        pass(make, 1, "sockd-own-x");
        notify_socket_open(&s, "notify");
        assert_int_equal(take(&a, text), 0);
        assert_int_equal(a.n_sockets, 0);
        assert_false(a.by_unit);
        assert_int_equal(notify_socket_receive(&s, told), -1);
        assert_string_equal(told, "FDSTOREREMOVE=1\nFDNAME=sockd-own-x");
        activation_done(&a);
        notify_socket_close(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing),     cmocka_unit_test(test_taken),
                cmocka_unit_test(test_refused),     cmocka_unit_test(test_none_can_be_used),
                cmocka_unit_test(test_own_refused),
        };

        /* What is inherited stands where descriptors are passed. */
        assert_int_equal(close_range(FIRST_FD, ~0U, 0), 0);
        (void)unsetenv("NOTIFY_SOCKET");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
