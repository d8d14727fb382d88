/* SPDX-License-Identifier: MIT */
/* Segments come out in the order in which they went in, however the list moves and grows. */

#include "core/macro.h"
#include "daemon/output/segment_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above */
#include <cmocka.h>

static void push(SegmentList *l, size_t number) {
        assert_int_equal(segment_list_push(l, &(Segment){ .from = number }), 0);
}

static void pop(SegmentList *l, size_t number) {
        Segment s;

        assert_true(segment_list_pop(l, &s));
        assert_int_equal(s.from, number);
}

static void test_order(void **state _unused_) {
        size_t in = 0, out = 0;
        SegmentList l = { 0 };

        /* Always a few inside, so that the front moves on and is moved back. */
        for (; in < 12; in++)
                push(&l, in);
        for (size_t i = 0; i < 1000; i++) {
                pop(&l, out++);
                push(&l, in++);
                assert_int_equal(segment_list_at(&l, 0)->from, out);
        }
        assert_true(l.n_allocated < 100);
        while (out < in)
                pop(&l, out++);
        assert_true(segment_list_is_empty(&l));
        segment_list_done(&l);
}

static void test_growth(void **state _unused_) {
        SegmentList l = { 0 };
        Segment s;

        for (size_t i = 0; i < 100; i++)
                push(&l, i);
        for (size_t i = 0; i < 100; i++)
                pop(&l, i);
        assert_false(segment_list_pop(&l, &s));
        push(&l, 7);
        segment_list_done(&l);
        assert_true(segment_list_is_empty(&l));
}

static void test_join(void **state _unused_) {
        SegmentList l = { 0 }, from = { 0 };

        assert_int_equal(segment_list_join(&l, &from), 0);
        assert_true(segment_list_is_empty(&l));
        for (size_t i = 0; i < 50; i++)
                push(i < 20 ? &l : &from, i);
        assert_int_equal(segment_list_join(&l, &from), 0);
        assert_true(segment_list_is_empty(&from));
        for (size_t i = 0; i < 50; i++)
                pop(&l, i);
        segment_list_done(&l);
        segment_list_done(&from);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_growth),
                cmocka_unit_test(test_join),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
