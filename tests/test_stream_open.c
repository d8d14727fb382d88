/* SPDX-License-Identifier: MIT */
/* The header of a proxy: what is charged for it, what comes back, and how long it may take. */

#include "daemon/net/stream_open.h"

#include "daemon/net/access.h"
#include "daemon/net/stream_via.h"
#include "tests/receive.h"

#define SECOND USEC_PER_SEC
#define HEADER "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n"

static void send_text(int fd, const char *text) {
        assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* In two pieces: the first is charged, the second makes the client known. */
static void test_header(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        fd = receive_connect_as(&r, PEER_PROXY, &receive_peer, &s);
        assert_int_equal(s->state, STREAM_OPENING);
        assert_int_equal(atomic_load(&r.streams->n_greeting), 1);
        send_text(fd, "PROXY TCP4 ");
        receive_serve(&r);
        assert_false(admission_holds_nothing(r.admission));
        assert_ptr_equal(TAILQ_FIRST(&r.streams->partial), s);
        assert_int_equal(counter_read(&r.listener.stats.connections_accepted), 0);

        send_text(fd, "192.0.2.7 198.51.100.1 4711 443\r\none\ntw");
        receive_serve(&r);
        assert_int_equal(s->state, STREAM_READING);
        assert_int_equal(atomic_load(&r.streams->n_greeting), 0);
        assert_int_equal(s->n_messages, 1);
        assert_int_equal(s->peer_text_size, strlen("192.0.2.7:4711"));
        assert_memory_equal(s->peer_text, "192.0.2.7:4711", s->peer_text_size);
        assert_int_equal(s->via->destination.port, 443);
        assert_true(address_equal(&s->via->record.address, &receive_peer));
        assert_int_equal(counter_read(&r.listener.stats.connections_accepted), 1);
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fd), "got\n");
        closep(&fd);
        receive_end(&r);
}

/* Five seconds from accept, whatever has come. */
static void test_time(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        r.streams->idle_timeout_usec = SECOND;
        fd = receive_connect_as(&r, PEER_PROXY, &receive_peer, &s);
        receive_pass(&r, 3 * SECOND);
        send_text(fd, "PROXY ");
        receive_pass(&r, 2 * SECOND - 1);
        assert_int_equal(s->state, STREAM_OPENING);
        receive_pass(&r, 1 + 2 * TIMER_TICK_USEC);
        assert_int_equal(s->state, STREAM_DEAD);
        assert_int_equal(counter_read(&r.listener.stats.proxy_headers_bad), 1);
        closep(&fd);
        receive_end(&r);
}

/* However it ends, receive_end() finds nothing left: neither memory nor a place. */
static void test_ends(void **state _unused_) {
        static const struct {
                const char *input;
                unsigned bad, received;
        } table[] = {
                { "", 0, 0 },        { "PROX", 1, 0 },
                { HEADER, 0, 0 },    { HEADER "one\n", 0, 1 },
                { "hello\n", 1, 0 }, { "PROXY \n", 1, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Receive r;
                Stream *s;
                int fd;

                receive_begin(&r, "got\n", LEVEL_WRITTEN);
                fd = receive_connect_as(&r, PEER_PROXY, &receive_peer, &s);
                send_text(fd, table[i].input);
                receive_serve(&r);
                assert_int_equal(shutdown(fd, SHUT_WR), 0);
                receive_serve(&r);
                assert_int_equal(counter_read(&r.listener.stats.proxy_headers_bad), table[i].bad);
                assert_int_equal(counter_read(&r.listener.stats.received), table[i].received);
                receive_answer(&r, 0);
                closep(&fd);
                receive_end(&r);
        }
}

/* A client over its limit gets no second place, and the first one stays counted. */
static void test_client_over_limit(void **state _unused_) {
        Receive r;
        Stream *a, *b;
        int fds[2];

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        r.limits.connections_per_peer = 1;
        admission_change(r.admission, &r.limits);
        fds[0] = receive_connect_as(&r, PEER_PROXY, &receive_peer, &a);
        fds[1] = receive_connect_as(&r, PEER_PROXY, &receive_peer, &b);
        send_text(fds[0], HEADER);
        receive_serve(&r);
        send_text(fds[1], HEADER);
        receive_serve(&r);
        assert_int_equal(a->state, STREAM_READING);
        assert_int_equal(b->state, STREAM_DEAD);
        assert_int_equal(admission_streams(r.admission), 1);
        assert_int_equal(counter_read(&r.listener.stats.connections_refused), 1);
        closep(&fds[0]);
        closep(&fds[1]);
        receive_end(&r);
}

/* When limits.memory is used up, a part of a header goes as a part of a message does, but is none. */
static void test_no_memory(void **state _unused_) {
        Receive r;
        Stream *s;
        int64_t share;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        share = (int64_t)r.limits.memory / 2;
        fd = receive_connect_as(&r, PEER_PROXY, &receive_peer, &s);
        send_text(fd, "PROXY ");
        receive_serve(&r);
        (void)admission_add_partial(r.admission, share);
        streams_limit_partial(r.streams);
        (void)admission_add_partial(r.admission, -share);
        assert_int_equal(s->state, STREAM_DEAD);
        assert_int_equal(counter_read(&r.listener.stats.received), 0);
        assert_int_equal(counter_read(&r.listener.stats.connections_refused), 1);
        closep(&fd);
        receive_end(&r);
}

/* Draining takes what is there: a whole header with its messages counts, anything less ends. */
static void test_drain(void **state _unused_) {
        Receive r;
        Stream *whole, *part, *none;
        int fds[3];

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        fds[0] = receive_connect_as(&r, PEER_PROXY, &receive_peer, &whole);
        fds[1] = receive_connect_as(&r, PEER_PROXY, &receive_peer, &part);
        fds[2] = receive_connect_as(&r, PEER_PROXY, &receive_peer, &none);
        send_text(fds[0], HEADER "one\n");
        send_text(fds[1], "PROXY ");
        streams_drain(r.streams);
        assert_int_equal(none->state, STREAM_DEAD);
        receive_serve(&r);
        assert_int_equal(part->state, STREAM_DEAD);
        assert_true(streams_are_drained(r.streams));
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fds[0]), "got\n");
        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                closep(&fds[i]);
        receive_end(&r);
}

/* The lists of a reload judge an open stream as a new one, also if its header names no client. */
static void test_review(void **state _unused_) {
        static const struct {
                const char *header, *deny;
                StreamState after;
        } table[] = {
                { HEADER, "192.0.2.7", STREAM_LINGERING },
                { HEADER, "203.0.113.1", STREAM_READING }, /* the proxy is no sender */
                { HEADER, "198.51.100.9", STREAM_READING },
                { "PROXY UNKNOWN\r\n", "203.0.113.1", STREAM_LINGERING },
                { "PROXY UNKNOWN\r\n", "198.51.100.9", STREAM_READING },
                { "PROXY ", "203.0.113.1", STREAM_OPENING }, /* judged behind its header */
        };
        const Address proxy = { .family = AF_INET, .port = 4711, .v4.s_addr = htonl(0xcb007101) };
        char *proxies[] = { (char *)"203.0.113.0/24" };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char *deny[] = { (char *)table[i].deny };
                Receive r;
                Stream *s;
                int fd;

                receive_begin(&r, "got\n", LEVEL_WRITTEN);
                fd = receive_connect_as(&r, PEER_PROXY, &proxy, &s);
                send_text(fd, table[i].header);
                receive_serve(&r);
                r.config.proxies = (ConfigStrings){ proxies, ELEMENTSOF(proxies) };
                r.config.deny = (ConfigStrings){ deny, ELEMENTSOF(deny) };
                assert_int_equal(access_new(&r.config, stderr, &r.listener.access), 0);
                streams_reconfigure(r.streams);
                assert_int_equal(s->state, table[i].after);
                assert_int_equal(counter_read(&r.listener.stats.connections_denied),
                                 table[i].after == STREAM_LINGERING);
                (void)access_free(r.listener.access);
                closep(&fd);
                receive_end(&r);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_header),    cmocka_unit_test(test_time),
                cmocka_unit_test(test_ends),      cmocka_unit_test(test_client_over_limit),
                cmocka_unit_test(test_no_memory), cmocka_unit_test(test_drain),
                cmocka_unit_test(test_review),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
