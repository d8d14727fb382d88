/* SPDX-License-Identifier: MIT */
/* Accepting, not accepting at a limit, and pausing for want of descriptors, over the loopback interface. */

#include "daemon/net/acceptor.h"

#include "daemon/net/socket.h"
#include "tests/receive.h"
#include <sys/resource.h>

typedef struct Sink {
        AcceptorSink base;
        int fds[8];
        unsigned n;
} Sink;

static void add(AcceptorSink *k, ListenerSocket *origin _unused_, int fd,
                const Address *peer _unused_) {
        Sink *sink = CONTAINER_OF(k, Sink, base);

        sink->fds[sink->n++] = fd;
}

typedef struct Fixture {
        Receive r;
        Sink sink;
        Acceptor acceptor;
} Fixture;

static void begin(Fixture *f, uint64_t connections, uint64_t per_peer) {
        Address local = { .family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK) };

        receive_begin(&f->r, "", LEVEL_WRITTEN);
        f->r.limits.connections = connections;
        f->r.limits.connections_per_peer = per_peer;
        admission_change(f->r.admission, &f->r.limits);
        f->sink = (Sink){ .base.add = add };
        f->acceptor = (Acceptor){ &f->r.loop, f->r.admission, f->r.peers, &f->sink.base, NULL };
        f->r.origin->fd = socket_open(PROTOCOL_TCP, SOCKET_PORT_OWN, &local);
        assert_true(f->r.origin->fd >= 0);
        f->r.origin->local = local;
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
        socklen_t size = address_to_sockaddr(&f->r.origin->local, &sa);
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
        closep(&client);
        end(&f);
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
                cmocka_unit_test(test_pause),
                cmocka_unit_test(test_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
