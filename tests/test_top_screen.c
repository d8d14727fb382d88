/* SPDX-License-Identifier: MIT */
/* The screen of "top" without colours, line by line, wide and narrow. */

#include "ctl/top_screen.h"

#include "ctl_print.h"
#include <stdlib.h>

static const Rows no_rows;

/* The text without what moves the cursor. */
static char *paint(const Snapshot *s, const char *trouble, size_t columns, size_t lines) {
        History h = { 0 };
        char *text, *to;
        size_t size;

        if (s->status.n > 0)
                assert_int_equal(history_add(&h, s, &no_rows, USEC_PER_SEC), 0);
        text = top_screen_paint(s, &h, trouble, columns, lines, false, &size);
        assert_non_null(text);
        history_done(&h);
        to = text;
        for (const char *p = text; *p; p++) {
                if (*p == '\033')
                        p += 2;
                else if (*p != '\r')
                        *to++ = *p;
        }
        *to = '\0';
        return text;
}

static size_t count(const char *text, const char *what) {
        size_t n = 0;

        while ((text = strstr(text, what))) {
                n++;
                text++;
        }
        return n;
}

static void check(size_t columns, const char *const lines[], size_t n) {
        const Snapshot s = {
                .status = ROWS(ROW(TEXT("version", "9"), TEXT("state", "running"))),
                .listeners = ROWS(ROW(TEXT("listener", "tcp"), NUMBER("received", 2100),
                                      NUMBER("waiting", 1))),
                .outputs = ROWS(ROW(TEXT("output", "/var/log/sockd/messages.log"),
                                    NUMBER("recorded", 7), TEXT("state", "works"))),
        };
        _cleanup_free_ char *text = paint(&s, "", columns, 24);

        for (size_t i = 0; i < n; i++) {
                print_message("%s\n", lines[i]);
                assert_non_null(strstr(text, lines[i]));
        }
        assert_int_equal(count(text, "\n"), 23);
        for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
                assert_true(strcspn(p, "\n") <= columns);
}

static void test_wide(void **state _unused_) {
        static const char *const lines[] = {
                "\nLISTENER              RATE/S LAST MINUTE                    RECEIVED WAITING\n",
                "\ntcp                        0                                    2.1k       1\n",
                "\nOUTPUT                RATE/S LAST MINUTE                    RECORDED STATE\n",
                "\n/var/l~/messages.log       0                                       7 works\n",
                "\nPEER                                     RATE/S RECEIVED   BYTES LAST SEEN\n",
                "no receipts in the last minute\n",
                "\nq quits",
        };

        check(80, lines, ELEMENTSOF(lines));
}

/* There is room for the whole path. */
static void test_very_wide(void **state _unused_) {
        static const char *const lines[] = {
                "\n/var/log/sockd/messages.log                                        0   ",
                " RATE/S LAST MINUTE                    RECORDED STATE\n",
        };

        check(120, lines, ELEMENTSOF(lines));
}

static void test_narrow(void **state _unused_) {
        static const char *const lines[] = {
                "\nLISTENER              RATE/S RECEIVED WAITING\n",
                "\ntcp                        0     2.1k       1\n",
                "\n/var/l~/messages.log       0        7 works\n",
                "\nPEER                                     RATE/S RECEIVED\n",
        };

        check(60, lines, ELEMENTSOF(lines));
}

static void test_trouble(void **state _unused_) {
        const Snapshot none = { 0 };
        _cleanup_free_ char *waiting = paint(&none, "", 80, 24);
        _cleanup_free_ char *stopped = paint(&none, "sockd is not \033running", 80, 24);
        _cleanup_free_ char *tiny = paint(&none, "sockd is not running", 12, 1);

        assert_non_null(strstr(waiting, "  waiting for sockd"));
        assert_non_null(strstr(stopped, "  sockd is not \\x1brunning"));
        assert_in_range(strlen(tiny), 1, 12);
}

/* Many listeners: the heading says how many are shown, and what fails comes first. */
static void test_many(void **state _unused_) {
        const Row fine = ROW(TEXT("output", "fine"), TEXT("state", "works"));
        const Row broken = ROW(TEXT("output", "broken"), TEXT("error", "no space"));
        Row outputs[40];
        Snapshot s = { .status = ROWS(ROW(TEXT("version", "9"))),
                       .outputs = { .rows = outputs, .n = ELEMENTSOF(outputs) } };
        _cleanup_free_ char *text = NULL;

        for (size_t i = 0; i < ELEMENTSOF(outputs); i++)
                outputs[i] = fine;
        outputs[39] = broken;
        text = paint(&s, "", 80, 24);
        assert_non_null(strstr(text, "/40 "));
        assert_non_null(strstr(text, "\nbroken "));
        assert_non_null(strstr(text, " no space"));
        assert_int_equal(count(text, "\n"), 23);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_wide),   cmocka_unit_test(test_very_wide),
                cmocka_unit_test(test_narrow), cmocka_unit_test(test_trouble),
                cmocka_unit_test(test_many),
        };

        (void)setenv("SYSTEMD_COLORS", "0", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
