/* SPDX-License-Identifier: MIT */
/* Accepting, not accepting at a limit, and pausing for want of descriptors, over the loopback interface. */

#include "daemon/net/acceptor.h"

#include "daemon/net/socket.h"
#include "tests/receive.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What accept4() fails with from now on; 0: it is made. */
static int accept_error;
static unsigned n_calls;

int accept4(int fd, struct sockaddr *sa, socklen_t *size, int flags) {
        n_calls++;
        if (accept_error == 0)
                return (int)syscall(SYS_accept4, fd, sa, size, flags);

        errno = accept_error;
        return -1;
}

typedef struct Sink {
        AcceptorSink base;
        int fds[8];
        unsigned n;
} Sink;

static void add(AcceptorSink *k, ListenerSocket *origin _unused_, int fd,
                const Address *peer _unused_, PeerKind kind _unused_) {
        Sink *sink = CONTAINER_OF(k, Sink, base);

        sink->fds[sink->n++] = fd;
}

typedef struct Fixture {
        Receive r;
        Sink sink;
        Acceptor acceptor;
} Fixture;

static void begin(Fixture *f, uint64_t connections, uint64_t per_peer) {
        const SocketWish wish = { .port = SOCKET_PORT_OWN };

        receive_begin(&f->r, "", LEVEL_WRITTEN);
        f->r.limits.connections = connections;
        f->r.limits.connections_per_peer = per_peer;
        admission_change(f->r.admission, &f->r.limits);
        f->sink = (Sink){ .base.add = add };
        acceptor_init(&f->acceptor, &f->r.loop, f->r.admission, f->r.peers, &f->sink.base);
        f->r.origin->at.address.port = 0;
        f->r.origin->fd = socket_open(&wish, &f->r.origin->at);
        assert_true(f->r.origin->fd >= 0);
        assert_int_equal(acceptor_add(&f->acceptor, f->r.origin), 0);
}

static void end(Fixture *f) {
        const Address peer = { .family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK) };

        acceptor_stop(&f->acceptor);
        for (unsigned i = 0; i < f->sink.n; i++) {
                closep(&f->sink.fds[i]);
                admission_give_back(f->r.admission, &peer);
        }
        receive_end(&f->r);
}

static int dial(const Fixture *f) {
        struct sockaddr_storage sa;
        socklen_t size = address_to_sockaddr(&f->r.origin->at.address, &sa);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&sa, size), 0);
        return fd;
}

static void test_limit(void **state _unused_) {
        int clients[3];
        Fixture f;

        begin(&f, 2, 0);
        for (unsigned i = 0; i < 3; i++)
                clients[i] = dial(&f);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);
        assert_false(f.r.origin->polled);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);

        admission_change(f.r.admission, &(ConfigLimits){ .connections = 3, .memory = 32 });
        acceptor_update(&f.acceptor);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 3);
        assert_int_equal(atomic_load(&f.r.origin->n_streams), 3);
        for (unsigned i = 0; i < 3; i++)
                closep(&clients[i]);
        end(&f);
}

static void test_per_peer(void **state _unused_) {
        int clients[2];
        Fixture f;

        begin(&f, 4, 1);
        clients[0] = dial(&f);
        clients[1] = dial(&f);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 1);
        assert_int_equal(counter_read(&f.r.listener.stats.connections_refused), 1);
        assert_int_equal(recv(clients[1], &(char){ 0 }, 1, 0), 0);
        closep(&clients[0]);
        closep(&clients[1]);
        end(&f);
}

/* limits.connection_rate: the others wait in the kernel's queue, until there is a token. */
static void test_rate(void **state _unused_) {
        int clients[5];
        Fixture f;

        begin(&f, 9, 0);
        admission_change(f.r.admission,
                         &(ConfigLimits){ .connections = 9, .connection_rate = 2, .memory = 32 });
        for (unsigned i = 0; i < ELEMENTSOF(clients); i++)
                clients[i] = dial(&f);
        for (unsigned i = 0; i < 3; i++)
                receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);
        assert_false(f.r.origin->polled);
        receive_pass(&f.r, USEC_PER_SEC / 2 - 1);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);
        receive_pass(&f.r, 1 + 2 * TIMER_TICK_USEC);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 3);
        assert_int_equal(counter_read(&f.r.listener.stats.connections_refused), 0);
        /* At a stop the rest is refused, not left to be reset. */
        acceptor_stop(&f.acceptor);
        assert_int_equal(f.sink.n, 3);
        assert_int_equal(counter_read(&f.r.listener.stats.connections_refused), 2);
        for (unsigned i = 0; i < ELEMENTSOF(clients); i++)
                closep(&clients[i]);
        end(&f);
}

/* The pause is over, and then another wake-up. */
static void pass_pause(Fixture *f) {
        receive_pass(&f->r, USEC_PER_SEC + 2 * TIMER_TICK_USEC);
        receive_serve(&f->r);
}

static uint64_t errors(const Fixture *f) {
        return counter_read(&f->r.listener.stats.accept_errors);
}

/* It is tried again when the pause is over, not before. */
static void test_pause(void **state _unused_) {
        struct rlimit before, none;
        int client;
        Fixture f;

        begin(&f, 4, 0);
        client = dial(&f);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        receive_serve(&f.r);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(f.sink.n, 0);
        assert_false(f.r.origin->polled);

        receive_pass(&f.r, USEC_PER_SEC - 1);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 0);
        receive_pass(&f.r, 1 + 2 * TIMER_TICK_USEC);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 1);
        assert_int_equal(errors(&f), 1);
        closep(&client);
        end(&f);
}

/* Errors of accept(2) that last: the socket is not polled, is counted once, and tried each second. */
static void test_lasting_errors(void **state _unused_) {
        static const int table[] = { EBADF,  EFAULT, EINVAL,     EMFILE, ENFILE,  ENOBUFS,
                                     ENOMEM, ENOSR,  EOPNOTSUPP, ENOSYS, ENOTSOCK };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                int client;
                Fixture f;

                begin(&f, 4, 0);
                client = dial(&f);
                accept_error = table[i];
                n_calls = 0;
                for (unsigned n = 1; n <= 3; n++) {
                        receive_serve(&f.r);
                        receive_serve(&f.r);
                        assert_int_equal(n_calls, n);
                        assert_int_equal(errors(&f), n);
                        assert_false(f.r.origin->polled);
                        receive_pass(&f.r, USEC_PER_SEC + 2 * TIMER_TICK_USEC);
                }
                accept_error = 0;
                receive_serve(&f.r);
                assert_int_equal(f.sink.n, 1);
                closep(&client);
                end(&f);
        }
}

/* Errors of one connection: the next is accepted at once; if they do not end, they last. */
static void test_errors_of_connections(void **state _unused_) {
        static const int table[] = { ECONNABORTED, ECONNRESET, EHOSTDOWN,   EHOSTUNREACH,
                                     EINTR,        ENETDOWN,   ENETUNREACH, ENONET,
                                     ENOPROTOOPT,  EPERM,      EPROTO,      ETIMEDOUT };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                int client;
                Fixture f;

                begin(&f, 4, 0);
                client = dial(&f);
                accept_error = table[i];
                n_calls = 0;
                receive_serve(&f.r);
                assert_int_equal(n_calls, 64);
                assert_int_equal(errors(&f), 1);
                receive_serve(&f.r);
                assert_int_equal(n_calls, 64);

                accept_error = 0;
                pass_pause(&f);
                assert_int_equal(f.sink.n, 1);
                assert_int_equal(errors(&f), 1);
                closep(&client);
                end(&f);
        }
}

static void test_nothing_to_accept(void **state _unused_) {
        int client;
        Fixture f;

        begin(&f, 4, 0);
        client = dial(&f);
        accept_error = EAGAIN;
        n_calls = 0;
        receive_serve(&f.r);
        assert_int_equal(n_calls, 1);
        assert_true(f.r.origin->polled);
        accept_error = 0;
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 1);
        assert_int_equal(errors(&f), 0);
        closep(&client);
        end(&f);
}

/* It reports a hang-up even to those that asked for nothing. */
static void test_shut_socket(void **state _unused_) {
        Fixture f;

        begin(&f, 4, 0);
        assert_int_equal(shutdown(f.r.origin->fd, SHUT_RDWR), 0);
        n_calls = 0;
        for (unsigned i = 0; i < 10; i++)
                receive_serve(&f.r);
        assert_int_equal(n_calls, 1);
        assert_int_equal(errors(&f), 1);
        pass_pause(&f);
        assert_int_equal(n_calls, 2);
        end(&f);
}

/* Also a hang-up at limits.connections keeps no worker busy. */
static void test_shut_at_limit(void **state _unused_) {
        struct epoll_event event;
        int client;
        Fixture f;

        begin(&f, 1, 0);
        client = dial(&f);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 1);
        assert_int_equal(shutdown(f.r.origin->fd, SHUT_RDWR), 0);
        assert_int_equal(epoll_wait(f.r.loop.epoll_fd, &event, 1, 0), 0);
        closep(&client);
        end(&f);
}

/* A quarter of a low limit stays free; while it is short, nothing is accepted. */
static void test_reserve(void **state _unused_) {
        struct rlimit before, low;
        int clients[3], held;
        Fixture f;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        low = (struct rlimit){ .rlim_cur = 80, .rlim_max = before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        begin(&f, 8, 0);
        assert_int_equal(f.acceptor.descriptors_max, 60);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);

        for (unsigned i = 0; i < 3; i++)
                clients[i] = dial(&f);
        f.acceptor.descriptors_max = clients[2] + 2;
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);
        assert_int_equal(errors(&f), 1);
        assert_false(f.r.origin->polled);
        pass_pause(&f);
        assert_int_equal(f.sink.n, 2);
        assert_int_equal(errors(&f), 2);

        held = f.sink.fds[0];
        closep(&held);
        f.sink.fds[0] = -EBADF;
        pass_pause(&f);
        assert_int_equal(f.sink.n, 3);
        assert_int_equal(errors(&f), 2);
        for (unsigned i = 0; i < 3; i++)
                closep(&clients[i]);
        end(&f);
}

/* A socket that leaves its port to another one accepts for a second more what was on its way. */
static void test_replaced(void **state _unused_) {
        int clients[2];
        Fixture f;

        begin(&f, 4, 0);
        clients[0] = dial(&f);
        f.r.origin->leaving = f.r.origin->replaced = true;
        acceptor_reconfigure(&f.acceptor);
        clients[1] = dial(&f);
        receive_serve(&f.r);
        assert_int_equal(f.sink.n, 2);
        receive_pass(&f.r, USEC_PER_SEC - 1);
        receive_serve(&f.r);
        assert_true(f.r.origin->fd >= 0);
        receive_pass(&f.r, 1 + 2 * TIMER_TICK_USEC);
        receive_serve(&f.r);
        assert_int_equal(f.r.origin->fd, -EBADF);
        assert_null(f.acceptor.first);
        for (unsigned i = 0; i < ELEMENTSOF(clients); i++)
                closep(&clients[i]);
        end(&f);
}

/* The next reload may need the port. What waits is accepted first; if nothing replaces it, at once. */
static void test_close_leaving(void **state _unused_) {
        for (unsigned replaced = 0; replaced < 2; replaced++) {
                int client;
                Fixture f;

                begin(&f, 4, 0);
                f.r.origin->leaving = true;
                f.r.origin->replaced = replaced;
                client = dial(&f);
                acceptor_reconfigure(&f.acceptor);
                assert_int_equal(f.r.origin->fd < 0, !replaced);
                acceptor_close_leaving(&f.acceptor);
                assert_int_equal(f.r.origin->fd, -EBADF);
                assert_int_equal(f.sink.n, 1);
                closep(&client);
                end(&f);
        }
}

/* What waits is accepted at the stop, unless the service manager keeps the socket. */
static void test_stop(void **state _unused_) {
        for (unsigned stored = 0; stored <= 1; stored++) {
                int client;
                Fixture f;

                begin(&f, 4, 0);
                f.r.origin->stored = stored;
                client = dial(&f);
                acceptor_stop(&f.acceptor);
                assert_int_equal(f.sink.n, !stored);
                assert_int_equal(f.r.origin->fd, -EBADF);
                closep(&client);
                end(&f);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_per_peer),
                cmocka_unit_test(test_rate),
                cmocka_unit_test(test_pause),
                cmocka_unit_test(test_lasting_errors),
                cmocka_unit_test(test_errors_of_connections),
                cmocka_unit_test(test_nothing_to_accept),
                cmocka_unit_test(test_shut_socket),
                cmocka_unit_test(test_shut_at_limit),
                cmocka_unit_test(test_reserve),
                cmocka_unit_test(test_replaced),
                cmocka_unit_test(test_close_leaving),
                cmocka_unit_test(test_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
