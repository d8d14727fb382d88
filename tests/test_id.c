/* SPDX-License-Identifier: MIT */
/* Ids: their form, the order they come in, and that neither workers nor restarts share one. */

#include "core/id.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static void check_text(const Id *id, const char *expected) {
        assert_int_equal(id->size, strlen(expected));
        assert_memory_equal(id->text, expected, id->size);
}

static Id make_id(const char *text) {
        Id id = { .size = (uint8_t)strlen(text), .first = (uint8_t)(strchr(text, '-') + 1 - text) };

        memcpy(id.text, text, id.size);
        return id;
}

static void test_init(void **state) {
        static const struct {
                uint64_t start_msec;
                uint32_t salt;
                unsigned worker;
                const char *text;
        } table[] = {
                { 0, 0, 0, "0000-0" },
                { 35, 35, 0, "z00z-0" },
                { 36, 36, 0, "10010-0" },
                { UINT64_C(2821109907455), 46655, 0, "zzzzzzzzzzz-0" },
                { UINT64_C(2821109907456), 46655, 1, "100000000000-0" },
                { 1, UINT32_MAX, 1, "11z4-0" },
                { UINT64_MAX, 1, 2, "3w5e11264sgsf003-0" },
        };
        Id id;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                id_init(&id, table[i].start_msec, table[i].salt, table[i].worker);
                check_text(&id, table[i].text);
                assert_int_equal(id.text[id.first], '0');
                assert_int_equal(id.text[id.first - 1], '-');
        }
}

static void test_next(void **state) {
        static const struct {
                const char *text;
                const char *next;
        } table[] = {
                { "a-0", "a-1" },          { "a-8", "a-9" },     { "a-9", "a-a" },
                { "a-y", "a-z" },          { "a-z", "a-10" },    { "a-19", "a-1a" },
                { "a-1z", "a-20" },        { "a-9z", "a-a0" },   { "a-zz", "a-100" },
                { "a-9zz", "a-a00" },      { "a-zyz", "a-zz0" }, { "a-zzz", "a-1000" },
                { "zz-zzzz", "zz-10000" },
        };
        Id id;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                id = make_id(table[i].text);
                id_next(&id);
                check_text(&id, table[i].next);
        }
}

/* Against a plain count. */
static void test_sequence(void **state) {
        static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
        char expected[16];
        size_t n;
        Id id;

        (void)state;
        id_init(&id, 1, 0, 0);
        for (unsigned i = 0; i < 100000; i++) {
                n = sizeof(expected);
                for (unsigned v = i; v > 0 || n == sizeof(expected); v /= 36)
                        expected[--n] = digits[v % 36];
                assert_int_equal(id.size - id.first, sizeof(expected) - n);
                assert_memory_equal(id.text + id.first, expected + n, sizeof(expected) - n);
                id_next(&id);
        }
}

static void test_longest(void **state) {
        Id id = make_id("100000000000-zzzzzzzzzzzz");

        (void)state;
        id_next(&id);
        assert_int_equal(id.size, ID_TEXT_MAX);
        check_text(&id, "100000000000-1000000000000");
}

/* The largest salt wraps round, and still no worker has another's prefix. */
static void test_workers_differ(void **state) {
        Id ids[64];

        (void)state;
        for (unsigned i = 0; i < ELEMENTSOF(ids); i++) {
                id_init(&ids[i], 1795444800000, UINT32_MAX - 3, i);
                for (unsigned j = 0; j < i; j++)
                        assert_memory_not_equal(ids[i].text, ids[j].text, ids[i].first);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_init),           cmocka_unit_test(test_next),
                cmocka_unit_test(test_sequence),       cmocka_unit_test(test_longest),
                cmocka_unit_test(test_workers_differ),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
