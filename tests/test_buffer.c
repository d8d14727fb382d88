/* SPDX-License-Identifier: MIT */
/* Buffers: the ceiling, reuse, references. */

#include "core/buffer.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_ceiling(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 250);
        Buffer *a, *b, *c;

        assert_non_null(p);
        assert_int_equal(buffer_pool_size(p), 100);
        assert_false(buffer_pool_is_full(p));
        a = buffer_get(p, 10);
        assert_non_null(a);
        assert_int_equal(a->capacity, 100);
        assert_false(buffer_pool_is_full(p));
        b = buffer_get(p, 100);
        assert_non_null(b);
        assert_true(buffer_pool_is_full(p));
        errno = 0;
        assert_null(buffer_get(p, 1));
        assert_int_equal(errno, ENOBUFS);
        c = buffer_get_urgent(p, 1);
        assert_non_null(c);
        assert_null(buffer_unref(c));
        assert_true(buffer_pool_is_full(p));
        assert_null(buffer_unref(b));
        assert_false(buffer_pool_is_full(p));
        assert_null(buffer_unref(a));
        assert_null(buffer_pool_free(p));
}

static void test_large(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 1000);
        Buffer *a = buffer_get(p, 950);

        assert_non_null(a);
        assert_int_equal(a->capacity, 950);
        assert_true(buffer_pool_is_full(p));
        assert_null(buffer_get(p, 1001));
        assert_null(buffer_get(p, SIZE_MAX));
        assert_null(buffer_unref(a));
        assert_false(buffer_pool_is_full(p));
        assert_null(buffer_pool_free(p));
}

static void test_reuse(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 1000);
        Buffer *a = buffer_get(p, 1), *b = buffer_get(p, 1), *again;

        a->size = 7;
        assert_null(buffer_unref(b));
        assert_null(buffer_unref(a));
        again = buffer_get(p, 1);
        assert_ptr_equal(again, a); /* last in, first out: it is warm */
        assert_int_equal(again->size, 0);
        assert_null(buffer_unref(again));
        assert_null(buffer_pool_free(p));
}

static void test_scarce(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 400);
        Buffer *b[3];

        for (size_t i = 0; i < ELEMENTSOF(b); i++) {
                assert_false(buffer_pool_is_scarce(p));
                b[i] = buffer_get(p, 1);
        }
        assert_true(buffer_pool_is_scarce(p));
        assert_false(buffer_pool_is_full(p));
        for (size_t i = 0; i < ELEMENTSOF(b); i++)
                assert_null(buffer_unref(b[i]));
        assert_false(buffer_pool_is_scarce(p));
        assert_null(buffer_pool_free(p));
}

static void test_trim(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 1000);
        Buffer *a = buffer_get(p, 1), *b = buffer_get(p, 1);

        assert_null(buffer_unref(a));
        assert_null(buffer_unref(b));
        assert_int_equal(buffer_pool_trim(p), 0); /* both were in use just now */
        assert_null(buffer_unref(buffer_get(p, 1)));
        assert_int_equal(buffer_pool_trim(p), 1); /* one was not */
        assert_null(buffer_unref(buffer_get(p, 1)));
        assert_int_equal(buffer_pool_trim(p), 0);
        assert_int_equal(buffer_pool_trim(p), 1);
        assert_int_equal(buffer_pool_trim(p), 0); /* there is none left */
        assert_null(buffer_unref(buffer_get(p, 1)));
        assert_null(buffer_pool_free(p));
}

static void test_references(void **state _unused_) {
        BufferPool *p = buffer_pool_new(100, 100);
        Buffer *a = buffer_get(p, 1);

        assert_true(buffer_is_sole(a));
        assert_ptr_equal(buffer_ref(a), a);
        assert_false(buffer_is_sole(a));
        assert_null(buffer_unref(a));
        assert_true(buffer_is_sole(a));
        assert_true(buffer_pool_is_full(p));
        assert_null(buffer_unref(a));
        assert_false(buffer_pool_is_full(p));
        assert_null(buffer_unref(NULL));
        assert_null(buffer_pool_free(p));
        assert_null(buffer_pool_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ceiling), cmocka_unit_test(test_large),
                cmocka_unit_test(test_reuse),   cmocka_unit_test(test_scarce),
                cmocka_unit_test(test_trim),    cmocka_unit_test(test_references),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
