/* SPDX-License-Identifier: MIT */
/* Receipts that a peer does not read: in order, and within their share of limits.memory. */

#include "daemon/net/stream_unsent.h"

#include "tests/receive.h"

static void test_order(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        assert_null(stream_unsent_first(s));
        for (unsigned n = 0, in = 0, out = 0; n < 200; n++) {
                for (unsigned i = 0; i < 3; i++)
                        assert_int_equal(stream_unsent_push(s, &(Unsent){ .count = in++ }), 0);
                for (unsigned i = 0; i < 2; i++) {
                        assert_int_equal(stream_unsent_first(s)->count, out++);
                        stream_unsent_pop(s);
                }
        }
        for (unsigned out = 400; out < 600; out++) {
                assert_int_equal(stream_unsent_first(s)->count, out);
                stream_unsent_pop(s);
        }
        assert_null(stream_unsent_first(s));
        closep(&fd);
        receive_end(&r);
}

/* A few are every stream's own; beyond these, all streams share a sixteenth. */
static void test_share(void **state _unused_) {
        Receive r;
        Stream *a, *b;
        int fds[2], error = 0;

        receive_begin(&r, "ok\n", LEVEL_WRITTEN);
        fds[0] = receive_connect(&r, &a);
        fds[1] = receive_connect(&r, &b);
        while (error == 0)
                error = stream_unsent_push(a, &(Unsent){ .count = 1 });
        assert_int_equal(error, -EDQUOT);
        assert_non_null(stream_unsent_first(a));
        for (unsigned i = 0; i < 16; i++)
                assert_int_equal(stream_unsent_push(b, &(Unsent){ .count = 1 }), 0);
        stream_unsent_free(a);
        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(stream_unsent_push(b, &(Unsent){ .count = 1 }), 0);
        stream_unsent_free(b);
        closep(&fds[0]);
        closep(&fds[1]);
        receive_end(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_share),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
