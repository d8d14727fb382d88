/* SPDX-License-Identifier: MIT */
/* Foreign bytes are escaped, and what cannot be written is known at the end. */

#include "ctl/print.h"

#include "ctl_print.h"
#include <errno.h>
#include <fcntl.h>

static void test_error_line(void **state _unused_) {
        char line[PRINT_ERROR_MAX], text[3000];

        print_errors_to(line);
        print_error("%s: %d", "a\033b\n\xff", 7);
        assert_string_equal(line, "a\\x1bb\\n\\xff: 7");

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        print_error("%s", text);
        assert_int_equal(strlen(line), PRINT_ERROR_MAX - 1);

        print_error("last");
        assert_string_equal(line, "last");
        print_errors_to(NULL);
}

static void test_standard_error(void **state _unused_) {
        _cleanup_free_ char *text = NULL;
        FILE *before = stderr;
        size_t size;

        stderr = open_memstream(&text, &size);
        print_error("no %s", "\u202e\n");
        (void)fclose(stderr);
        stderr = before;
        assert_string_equal(text, "sockctl: no \\xe2\\x80\\xae\\n\n");
}

static void test_output(void **state _unused_) {
        assert_prints(print_line("a\nb\0c\\", 6), "a\\nb\\x00c\\\n");
        assert_prints(print_line("", 0), "\n");
        assert_prints(print_text("grün\r"), "grün\\r");
        assert_prints(print_bytes("\033[1m", 4), "\033[1m");
}

/* Long texts are escaped in parts, and no character is cut in two. */
static void test_long(void **state _unused_) {
        static char in[5000], out[sizeof(in) + 2];

        for (size_t shift = 0; shift < 4; shift++) {
                size_t n = shift;

                memset(in, 'x', sizeof(in));
                for (; n + 4 < sizeof(in); n += 4)
                        memcpy(in + n, "😀", 4);
                memcpy(out, in, n);
                memcpy(out + n, "\n", 2);
                assert_prints(print_line(in, n), out);
        }
}

/* Last, because the error stays. */
static void test_lost(void **state _unused_) {
        FILE *before = stdout;

        assert_int_equal(print_flush(), 0);
        assert_false(print_failed());
        stdout = fopen("/dev/full", "we");
        assert_non_null(stdout);
        print_text("x");
        assert_int_equal(print_flush(), -ENOSPC);
        (void)fclose(stdout);
        stdout = before;
        assert_true(print_failed());
        print_lost(); /* the first error is the one that is told */
        assert_int_equal(print_flush(), -ENOSPC);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_error_line), cmocka_unit_test(test_standard_error),
                cmocka_unit_test(test_output),     cmocka_unit_test(test_long),
                cmocka_unit_test(test_lost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
