/* SPDX-License-Identifier: MIT */
/*
 * A stream over TLS that is a toy: a server's "S" ends the handshake, which a client begins with "C" and
 * ends with "c"; "R", a length in two bytes and so many bytes are a record; "K" wants an answer of 1000
 * bytes, "E" is close_notify, "X" an alert.
 */

#include "ctl/connection_tls.h"

#include "core/clock.h"
#include "tls/tls.h"
#include "unit.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER 1000
#define HEADER 3
#define KEY 0x55

struct TlsSession {
        TlsState state;
        size_t n;
        unsigned char rest[HEADER + TLS_RECORD_MAX];
};

static void put(TlsStep *step, int c, size_t n) {
        assert_true(step->out_size + n <= TLS_OUT_MAX);
        memset(step->out + step->out_size, c, n);
        step->out_size += n;
}

static void take_record(TlsSession *s, TlsStep *step) {
        const size_t size = (size_t)(s->rest[1] << 8 | s->rest[2]);

        if (s->n < HEADER || s->n < HEADER + size)
                return;
        assert_true(step->plain_size + size < step->plain_max);
        for (size_t i = 0; i < size; i++)
                step->plain[step->plain_size++] = (char)(s->rest[HEADER + i] ^ KEY);
        s->n = 0;
}

static void take_byte(TlsSession *s, TlsStep *step, char c) {
        if (s->n == 0 && c == 'X')
                s->state = TLS_FAILED;
        else if (s->n == 0 && c == 'E')
                s->state = TLS_ENDED;
        else if (s->n == 0 && c == 'K')
                put(step, 'k', ANSWER);
        else if (s->n == 0 && c == 'S') {
                put(step, 'c', 1);
                s->state = TLS_OPEN;
        } else {
                s->rest[s->n++] = (unsigned char)c;
                take_record(s, step);
        }
}

static TlsState toy_receive(TlsSession *s, TlsStep *step) {
        if (step->in_size == 0)
                put(step, 'C', 1);
        for (size_t i = 0; i < step->in_size && s->state < TLS_ENDED; i++)
                take_byte(s, step, step->in[i]);
        return s->state;
}

static ssize_t toy_send(TlsSession *s, const char *plain, size_t size, char *out, size_t out_max) {
        if (s->state == TLS_FAILED)
                return -EPROTO;
        assert_true(size > 0 && size <= TLS_RECORD_MAX && size + TLS_RECORD_EXTRA <= out_max);
        out[0] = 'R';
        out[1] = (char)(size >> 8);
        out[2] = (char)(size & 0xff);
        for (size_t i = 0; i < size; i++)
                out[HEADER + i] = (char)(plain[i] ^ KEY);
        return (ssize_t)(HEADER + size);
}

static size_t toy_end(TlsSession *s _unused_, char *out, size_t out_max) {
        assert_true(out_max > 0);
        *out = 'E';
        return 1;
}

static TlsSession *toy_new(TlsContext *c _unused_) {
        return calloc(1, sizeof(TlsSession));
}

static TlsSession *toy_free(TlsSession *s) {
        free(s);
        return NULL;
}

static const char *toy_why(const TlsSession *s _unused_) {
        return "is a toy";
}

static TlsFailure toy_failure(const TlsSession *s _unused_) {
        return TLS_FAILURE_REFUSED;
}

static const TlsOps toy = {
        .session_new = toy_new,
        .session_free = toy_free,
        .receive = toy_receive,
        .send = toy_send,
        .end = toy_end,
        .why = toy_why,
        .failure = toy_failure,
};

static const Destination destination = { .tls = &toy };
static Connection c;
static int server;

static void tell(const char *data, size_t size) {
        assert_int_equal(send(server, data, size, MSG_NOSIGNAL), size);
}

/* What the server says is there before the client looks. */
static int open_with(const char *data, size_t size) {
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                         0);
        server = fds[1];
        c = (Connection){ .fd = fds[0], .destination = &destination, .timeout_usec = USEC_PER_SEC };
        tell(data, size);
        return connection_tls_open(&c);
}

static void open_plainly(void) {
        char hello[3] = "";

        assert_int_equal(open_with("S", 1), 0);
        assert_int_equal(recv(server, hello, sizeof(hello), 0), 2);
        assert_string_equal(hello, "Cc");
        assert_false(connection_has_unsent(&c));
}

static void close_both(void) {
        connection_done(&c);
        (void)close(server);
}

static size_t record(char *to, const char *plain, size_t size) {
        TlsSession s = { .state = TLS_OPEN };

        return (size_t)toy_send(&s, plain, size, to, size + TLS_RECORD_EXTRA);
}

static void assert_receives(const char *text, size_t size) {
        char buf[64] = "";

        assert_int_equal(connection_receive(&c, buf, size), strlen(text));
        assert_string_equal(buf, text);
}

/* What poll(2) cannot tell of is told. */
static void test_receive(void **state _unused_) {
        char data[TLS_RECORD_EXTRA], buf[8];
        size_t n = record(data, "hello, you", 10);

        open_plainly();
        assert_false(connection_has_more(&c));
        assert_int_equal(connection_receive(&c, buf, sizeof(buf)), -EAGAIN);
        for (size_t i = 0; i + 1 < n; i++) {
                tell(&data[i], 1);
                assert_int_equal(connection_receive(&c, buf, sizeof(buf)), -EAGAIN);
        }
        tell(&data[n - 1], 1);
        assert_receives("hello", 5);
        assert_true(connection_has_more(&c));
        tell("E", 1); /* waits until the rest is read */
        assert_receives(", yo", 4);
        assert_receives("u", 5);
        assert_false(connection_has_more(&c));
        assert_int_equal(connection_receive(&c, buf, sizeof(buf)), 0);
        assert_false(c.is_cut);
        assert_false(connection_has_more(&c));
        close_both();
}

/* A greeting arrives with the end of the handshake. */
static void test_greeting(void **state _unused_) {
        char data[TLS_RECORD_EXTRA] = "S";
        size_t n = 1 + record(data + 1, "hello", 5);

        assert_int_equal(open_with(data, n), 0);
        assert_true(connection_has_more(&c));
        assert_receives("hello", 10);
        assert_false(connection_has_more(&c));
        close_both();
}

static void test_ends(void **state _unused_) {
        static const struct {
                const char *text;
                bool has_record; /* before that */
                int result;
                bool is_cut, is_refused;
                const char *problem;
        } table[] = {
                { "E", true, 0, false, false, NULL },
                { "E", false, 0, false, false, NULL },
                { "", true, 0, true, false, "TLS: cut off, there was no close_notify" },
                { "R", false, 0, true, false, "TLS: cut off, there was no close_notify" },
                { "X", false, -EPROTO, false, true, "TLS: is a toy" },
                { "X", true, -EPROTO, false, false, "TLS: is a toy" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char data[TLS_RECORD_EXTRA], buf[8];
                size_t n = table[i].has_record ? record(data, "hello", 5) : 0;

                open_plainly();
                memcpy(data + n, table[i].text, strlen(table[i].text));
                tell(data, n + strlen(table[i].text));
                (void)shutdown(server, SHUT_WR);
                if (table[i].has_record)
                        assert_receives("hello", sizeof(buf));
                assert_int_equal(connection_has_more(&c),
                                 table[i].has_record && *table[i].text != '\0');
                for (int again = 0; again < 2; again++) { /* behind "R", the end of the socket */
                        int r = connection_receive(&c, buf, sizeof(buf));

                        assert_int_equal(r == -EAGAIN ? table[i].result : r, table[i].result);
                }
                assert_false(connection_has_more(&c));
                assert_int_equal(c.is_cut, table[i].is_cut);
                assert_int_equal(c.is_refused, table[i].is_refused);
                if (table[i].problem)
                        assert_string_equal(c.problem, table[i].problem);
                else
                        assert_null(c.problem);
                close_both();
        }
}

static size_t drain(char *to, size_t size) {
        ssize_t n = recv(server, to, size, MSG_DONTWAIT);

        return n > 0 ? (size_t)n : 0;
}

/* Whatever the socket takes at a time, and however much that is, each byte leaves once. */
static void test_send(void **state _unused_) {
        static char text[1000000], got[sizeof(text) + sizeof(text) / 1000], plain[sizeof(text)];
        size_t n_sent = 0, n_got = 0, n_plain = 0;
        bool was_full = false;

        for (size_t i = 0; i < sizeof(text); i++)
                text[i] = (char)(i / 7 + i % 251);
        open_plainly();
        while (n_sent < sizeof(text) || !connection_end(&c)) {
                int n = connection_send(&c, text + n_sent, sizeof(text) - n_sent);

                assert_true(n >= 0);
                n_sent += (size_t)n;
                was_full = was_full || (n == 0 && n_sent < sizeof(text));
                assert_true(connection_in_flight(&c) > 0 || !connection_has_unsent(&c));
                if (n == 0)
                        n_got += drain(got + n_got, MIN(sizeof(got) - n_got, (size_t)50000));
        }
        for (size_t n; (n = drain(got + n_got, sizeof(got) - n_got)) > 0;)
                n_got += n;
        assert_true(was_full);
        assert_int_equal(recv(server, got + n_got, 1, 0), 0);

        for (size_t i = 0; i + 1 < n_got;) {
                size_t size = (size_t)((unsigned char)got[i + 1] << 8 | (unsigned char)got[i + 2]);

                assert_int_equal(got[i], 'R');
                for (i += HEADER; size > 0; size--)
                        plain[n_plain++] = (char)(got[i++] ^ KEY);
        }
        assert_int_equal(got[n_got - 1], 'E');
        assert_int_equal(n_plain, sizeof(text));
        assert_memory_equal(plain, text, sizeof(text));
        close_both();
}

/* The other side is gone: nothing stays unsent, so that nobody waits for it. */
static void test_send_fails(void **state _unused_) {
        static char text[1000000];
        char buf[8];

        open_plainly();
        while (!connection_has_unsent(&c))
                assert_true(connection_send(&c, text, sizeof(text)) > 0);
        (void)close(server);
        assert_int_equal(connection_send(&c, text, 1), -EPIPE);
        assert_int_equal(connection_send(&c, text, 1), -EPIPE);
        assert_false(connection_has_unsent(&c));
        assert_true(connection_end(&c));
        assert_true(connection_receive(&c, buf, sizeof(buf)) <= 0);
        connection_done(&c);
}

/* A server that wants answers and does not read them cannot make us keep them all. */
static void test_answers(void **state _unused_) {
        char buf[8], wishes[100];
        int r = -EAGAIN;

        memset(wishes, 'K', sizeof(wishes));
        open_plainly();
        for (int i = 0; i < 100000 && r == -EAGAIN; i++) {
                tell(wishes, sizeof(wishes));
                r = connection_receive(&c, buf, sizeof(buf));
        }
        assert_int_equal(r, -EPROTO);
        assert_string_equal(c.problem, "TLS: does not read the answers that it wants");
        close_both();
}

static void test_handshake_fails(void **state _unused_) {
        static const struct {
                const char *text;
                bool closes;
                int result;
                const char *problem;
        } table[] = {
                { "X", false, -EPROTO, "TLS: is a toy" },
                { "E", false, -EPROTO, "TLS: closed the connection during the handshake" },
                { "", false, -ETIMEDOUT, "TLS: no answer to the handshake; does it speak TLS?" },
                { "R", true, -EPROTO, "TLS: closed the connection during the handshake" },
                { "", true, -EPROTO, "TLS: closed the connection during the handshake" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                int fds[2];

                assert_int_equal(
                        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
                server = fds[1];
                c = (Connection){ .fd = fds[0], .destination = &destination, .timeout_usec = 1 };
                if (table[i].result != -ETIMEDOUT)
                        c.timeout_usec = 1000 * USEC_PER_SEC;
                tell(table[i].text, strlen(table[i].text));
                if (table[i].closes)
                        (void)shutdown(server, SHUT_WR);
                assert_int_equal(connection_tls_open(&c), table[i].result);
                assert_string_equal(c.problem, table[i].problem);
                close_both();
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_receive),
                cmocka_unit_test(test_greeting),
                cmocka_unit_test(test_ends),
                cmocka_unit_test(test_send),
                cmocka_unit_test(test_send_fails),
                cmocka_unit_test(test_answers),
                cmocka_unit_test(test_handshake_fails),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
