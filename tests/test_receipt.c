/* SPDX-License-Identifier: MIT */
/*
 * Receipts: what a template may hold, its text for one id and for runs, and that no buffer is
 * overrun.
 */

#include "core/receipt.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants stddef.h and the above */
#include <cmocka.h>

#define START_MSEC UINT64_C(1795444800000)
#define GUARD '#'

static void test_template_error(void **state) {
        static const struct {
                const char *text;
                Protocol protocol;
                const char *error; /* a part of it */
        } table[] = {
                { "ok %i %l\n", PROTOCOL_TCP, NULL }, { "ok %i %l\n", PROTOCOL_UDP, NULL },
                { "", PROTOCOL_TCP, NULL },           { "", PROTOCOL_UDP, NULL },
                { "%i", PROTOCOL_TCP, NULL },         { "%%%i%%%l%%", PROTOCOL_TCP, NULL },
                { "ok ", PROTOCOL_UDP, NULL },        { "ok", PROTOCOL_UDP, "ok " },
                { "OK %i", PROTOCOL_UDP, "ok " },     { "%i", PROTOCOL_UDP, "ok " },
                { "ok %", PROTOCOL_TCP, "percent" },  { "ok %x", PROTOCOL_TCP, "percent" },
                { "%%%", PROTOCOL_TCP, "percent" },   { "ok %d", PROTOCOL_UDP, "percent" },
        };
        const char *error;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                error = receipt_template_error(table[i].text, table[i].protocol);
                assert_int_equal(!error, !table[i].error);
                if (error)
                        assert_non_null(strstr(error, table[i].error));
        }
}

static void test_template_longest(void **state) {
        char text[RECEIPT_TEMPLATE_MAX + 2] = { 0 };
        size_t count;
        Receipt *r;
        char *dst;
        Id id;

        (void)state;
        for (size_t i = 0; i < RECEIPT_TEMPLATE_MAX; i += 2)
                memcpy(text + i, "%i", 2);
        assert_null(receipt_template_error(text, PROTOCOL_TCP));

        assert_int_equal(receipt_new(text, LEVEL_DURABLE, &r), 0);
        assert_int_equal(receipt_size_max(r), RECEIPT_TEMPLATE_MAX / 2 * ID_TEXT_MAX);
        dst = malloc(RECEIPT_SIZE_MAX);
        assert_non_null(dst);
        id_init(&id, START_MSEC, 0, 0);
        assert_int_equal(receipt_format(r, &id, 1, false, dst, RECEIPT_SIZE_MAX, &count),
                         RECEIPT_TEMPLATE_MAX / 2 * strlen("mwtkcbk0000-0"));
        assert_int_equal(count, 1);
        free(dst);
        assert_null(receipt_free(r));

        text[RECEIPT_TEMPLATE_MAX] = '.';
        assert_string_equal(receipt_template_error(text, PROTOCOL_TCP), "longer than 1024 bytes");
}

static void test_empty(void **state) {
        Receipt *r;

        (void)state;
        assert_int_equal(receipt_new("%i", LEVEL_RECEIVED, &r), 0);
        assert_null(receipt_free(r));
        assert_int_equal(receipt_new("", LEVEL_RECEIVED, &r), 0);
        assert_null(r);
        assert_null(receipt_free(NULL));
}

static void test_text(void **state) {
        static const struct {
                const char *template;
                Level level;
                bool truncated;
                const char *text;
        } table[] = {
                { "ok %i %l\n", LEVEL_DURABLE, false, "ok 100000-0 durable\n" },
                { "ok %i %l\n", LEVEL_WRITTEN, true, "ok 100000-0 written truncated\n" },
                { "%i%i", LEVEL_WRITTEN, true, "100000-0100000-0" },
                { "%l%%%l\n", LEVEL_RECEIVED, true, "received truncated%received truncated\n" },
                { "%i", LEVEL_RECEIVED, false, "100000-0" },
                { "\x06", LEVEL_RECEIVED, false, "\x06" },
                { "%%i", LEVEL_RECEIVED, false, "%i" },
                { "a template that is far too long for the short way %i so it takes the long one "
                  "%l\n",
                  LEVEL_WRITTEN, false,
                  "a template that is far too long for the short way 100000-0 so it takes the long "
                  "one written\n" },
        };
        size_t size;
        size_t count;
        char dst[256];
        Receipt *r;
        Id id;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(receipt_new(table[i].template, table[i].level, &r), 0);
                id = (Id){ .size = 8, .first = 7, .text = "100000-0" };
                size = receipt_format(r, &id, 1, table[i].truncated, dst, sizeof(dst), &count);
                assert_int_equal(count, 1);
                assert_int_equal(size, strlen(table[i].text));
                assert_memory_equal(dst, table[i].text, size);
                assert_true(size <= receipt_size_max(r));
                assert_int_equal(id.text[7], '1');
                receipt_free(r);
        }
}

/* The run that receipt_format() should write, made one at a time by simple means. */
static size_t expected_run(const char *head, const char *tail, Id id, size_t count, char *dst) {
        char *p = dst;

        for (; count > 0; count--) {
                p = stpcpy(p, head);
                p = (char *)memcpy(p, id.text, id.size) + id.size;
                p = stpcpy(p, tail);
                id_next(&id);
        }
        return (size_t)(p - dst);
}

/*
 * Each size of buffer, on memory of exactly that size, so that the sanitizer sees every byte too
 * many.
 */
static void check_run(const Receipt *r, const char *tail, const Id *start, size_t count,
                      size_t size) {
        static char expected[65536];
        Id id = *start;
        size_t written;
        size_t done;
        char *dst = malloc(size + 1);

        assert_non_null(dst);
        dst[size] = GUARD;
        written = receipt_format(r, &id, count, false, dst, size, &done);
        assert_true(done <= count);
        assert_true(written <= size);
        assert_int_equal(dst[size], GUARD);
        assert_int_equal(written, expected_run("ok ", tail, *start, done, expected));
        assert_memory_equal(dst, expected, written);
        if (done < count)
                assert_true(size - written < receipt_size_max(r));
        free(dst);
}

static void test_runs(void **state) {
        static const struct {
                const char *template;
                const char *tail;
        } table[] = {
                { "ok %i %l\n", " durable\n" },
                { "ok %i\n", "\n" },
                { "ok %i", "" },
                { "ok %i 1234567890123456789012345678901234567890\n",
                  " 1234567890123456789012345678901234567890\n" },
        };
        Receipt *r;
        Id id;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(receipt_new(table[i].template, LEVEL_DURABLE, &r), 0);
                id_init(&id, START_MSEC, 7, 0);
                for (size_t size = 0; size < 300; size++)
                        check_run(r, table[i].tail, &id, 20, size);
                check_run(r, table[i].tail, &id, 0, 100);
                for (size_t count = 1; count < 80; count++) {
                        check_run(r, table[i].tail, &id, count, 16384);
                        id_next(&id);
                }
                check_run(r, table[i].tail, &id, 1500,
                          65000); /* the counter grows to three digits */
                receipt_free(r);
        }
}

static void test_id_moves(void **state) {
        size_t count;
        char dst[4096];
        Receipt *r;
        Id id;
        Id expected;

        (void)state;
        assert_int_equal(receipt_new("ok %i %l\n", LEVEL_DURABLE, &r), 0);
        id_init(&id, START_MSEC, 7, 0);
        expected = id;
        (void)receipt_format(r, &id, 100, false, dst, sizeof(dst), &count);
        assert_int_equal(count, 100);
        for (size_t i = 0; i < count; i++)
                id_next(&expected);
        assert_int_equal(id.size, expected.size);
        assert_memory_equal(id.text, expected.text, id.size);
        receipt_free(r);
}

static void test_error(void **state) {
        static const struct {
                int error;
                const char *text;
        } table[] = {
                { ENOSPC, "error 1-0 not stored: No space left on device\n"
                          "error 1-1 not stored: No space left on device\n" },
                { EIO, "error 1-0 not stored: Input/output error\nerror 1-1 not stored: "
                       "Input/output error\n" },
                { 9999,
                  "error 1-0 not stored: Unknown error\nerror 1-1 not stored: Unknown error\n" },
        };
        char dst[256];
        size_t count;
        size_t size;
        Id id;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                id = (Id){ .size = 3, .first = 2, .text = "1-0" };
                size = receipt_format_error(table[i].error, &id, 2, dst, sizeof(dst), &count);
                assert_int_equal(count, 2);
                assert_int_equal(size, strlen(table[i].text));
                assert_memory_equal(dst, table[i].text, size);
                assert_int_equal(id.text[2], '2');
        }
        /* every text that the C library has fits */
        for (int error = 1; error < 200; error++)
                assert_true(receipt_format_error(error, &id, 1, dst, sizeof(dst), &count) > 0);
        assert_int_equal(receipt_format_error(EIO, &id, 1, dst, 10, &count), 0);
        assert_int_equal(count, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_template_error), cmocka_unit_test(test_template_longest),
                cmocka_unit_test(test_empty),          cmocka_unit_test(test_text),
                cmocka_unit_test(test_runs),           cmocka_unit_test(test_id_moves),
                cmocka_unit_test(test_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
