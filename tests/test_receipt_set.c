/* SPDX-License-Identifier: MIT */
/* Receipts that are looked for and found, in any order; and the records that were seen lately. */

#include "ctl/receipt_set.h"

#include "ctl/id_parts.h"
#include "ctl/log_shown.h"
#include "unit.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char missing[1024];

static void note(const Id *id) {
        (void)snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%.*s ",
                       (int)id->size, id->text);
}

static ReceiptSet *make(const char *const ids[], size_t n) {
        ReceiptSet *s = receipt_set_new();

        assert_non_null(s);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(receipt_set_add(s, ids[i], strlen(ids[i])), 0);
        assert_int_equal(receipt_set_sort(s), 0);
        return s;
}

static void find(ReceiptSet *s, const char *id) {
        receipt_set_find(s, id, strlen(id));
}

static void test_ids(void **state _unused_) {
        static const char *const bad[] = {
                "",
                "-",
                "abcd",
                "abc-1",
                "abcd-",
                "abcd-01",
                "0bcde-1",
                "abcd-A",
                "abcd-1-1",
                "ab_d-1",
                "abcd-3w5e11264sgsg", /* 2^64 */
                "zzzzzzzzzzzabc-1",   /* microseconds beyond 2^64 */
        };
        ReceiptSet *s = receipt_set_new();
        IdParts parts;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                assert_false(id_parts_split(bad[i], strlen(bad[i]), &parts));
                assert_int_equal(receipt_set_add(s, bad[i], strlen(bad[i])), -EINVAL);
        }
        assert_int_equal(receipt_set_add(s, "a23456789012345678901234-12", 27), -EINVAL);
        assert_true(id_parts_split("mwt004btabc-10", 14, &parts));
        assert_int_equal(parts.counter, 36);
        assert_int_equal(parts.prefix_size, 11);
        assert_int_equal(parts.started_usec / 1000000 / 1000000, 1795);
        assert_true(id_parts_split("1abc-3w5e11264sgsf", 18, &parts));
        assert_true(parts.counter == UINT64_MAX);
        receipt_set_free(s);
}

static void test_found(void **state _unused_) {
        static const char *const ids[] = { "2abc-5", "2abc-1", "1abc-0",  "1xyz-zz",
                                           "2abc-3", "2abc-3", "1abc-10", "2abc-2" };
        ReceiptSet *s = make(ids, ELEMENTSOF(ids));

        assert_int_equal(receipt_set_size(s), ELEMENTSOF(ids));
        assert_int_equal(receipt_set_started(s), 1000);
        for (int i = 0; i < 2; i++) { /* found twice is found once */
                find(s, "2abc-3");
                find(s, "2abc-4"); /* of somebody else */
                find(s, "1abc-10");
                find(s, "3abc-0");
                find(s, "1abc-");
                find(s, "hello");
        }
        assert_int_equal(receipt_set_missing(s), 5);
        receipt_set_each_missing(s, note);
        assert_string_equal(missing, "1abc-0 1xyz-zz 2abc-1 2abc-2 2abc-5 ");
        for (size_t i = ELEMENTSOF(ids); i-- > 0;)
                find(s, ids[i]);
        assert_int_equal(receipt_set_missing(s), 0);
        receipt_set_free(s);
}

static void test_many(void **state _unused_) {
        ReceiptSet *s = receipt_set_new();
        Id id;

        id_init(&id, 1795343640123, 7, 0);
        for (unsigned i = 0; i < 5000; i++, id_next(&id))
                if (i % 3 == 0)
                        assert_int_equal(receipt_set_add(s, id.text, id.size), 0);
        assert_int_equal(receipt_set_sort(s), 0);
        id_init(&id, 1795343640123, 7, 0);
        for (unsigned i = 0; i < 4000; i++, id_next(&id))
                receipt_set_find(s, id.text, id.size);
        assert_int_equal(receipt_set_size(s), 1667);
        assert_int_equal(receipt_set_missing(s), 1667 - 1334);
        receipt_set_free(s);
}

static Id numbered(unsigned n) {
        Id id = { 0 };

        id.size = (uint8_t)snprintf(id.text, sizeof(id.text), "abcd-%u", n);
        return id;
}

static void test_recent(void **state _unused_) {
        LogShown *r = log_shown_new();
        Id id;

        assert_non_null(r);
        for (unsigned i = 0; i < LOG_SHOWN_MAX + 10; i++) {
                id = numbered(i);
                assert_true(log_shown_add(r, &id));
        }
        for (unsigned i = 10; i < LOG_SHOWN_MAX + 10; i += 97) {
                id = numbered(i);
                assert_false(log_shown_add(r, &id));
        }
        id = numbered(3);
        assert_true(log_shown_add(r, &id)); /* that was long ago */
        log_shown_free(r);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_found),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_recent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
