/* SPDX-License-Identifier: MIT */
/* Command lines, good and bad, and the help that is made of the same table. */

#include "ctl/options.h"

#include "ctl/print.h"
#include "ctl_print.h"
#include <errno.h>

enum {
        KEY_LEVEL = OPTION_KEY_LONG,
};

/* What the options of the set said: a letter for each, and the last argument. */
typedef struct Taken {
        char keys[16];
        const char *argument;
} Taken;

static int take(void *target, int key, const char *argument) {
        Taken *t = target;

        t->keys[strlen(t->keys)] = key == KEY_LEVEL ? 'L' : (char)key;
        t->argument = argument;
        return argument && strcmp(argument, "bad") == 0 ? -EINVAL : 0;
}

static const Option options[] = {
        { 'n', "lines", "N", "how many" },
        { 'x', NULL, NULL, "only a letter" },
        { KEY_LEVEL, "level", "WORD", "only a name" },
};

static const OptionSet set = {
        .command = " test",
        .usage = "[OPTION...] WORD...",
        .summary = "Try options.",
        .options = options,
        .n_options = ELEMENTSOF(options),
        .take = take,
};

/* LINE, cut at its spaces. */
static OptionsResult parse(const char *line, Taken *t, Global *global, Arguments *arguments) {
        static char copy[256];
        static char *words[16];

        *arguments = (Arguments){ 0, words };
        (void)snprintf(copy, sizeof(copy), "test %s", line);
        for (char *save, *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
                words[arguments->n++] = w;
        words[arguments->n] = NULL;
        *t = (Taken){ 0 };
        *global = (Global){ 0 };
        return options_parse(&set, t, global, arguments);
}

static void test_good(void **state _unused_) {
        static const struct {
                const char *line, *keys, *argument, *first;
                int n;
        } table[] = {
                { "", "", NULL, NULL, 0 },
                { "a -x", "", NULL, "a", 2 }, /* options end at the first word */
                { "-x a b", "x", NULL, "a", 2 },
                { "-xn5 a", "xn", "5", "a", 1 },
                { "-n 5", "n", "5", NULL, 0 },
                { "--lines=5 --level x", "nL", "x", NULL, 0 },
                { "--lin 5", "n", "5", NULL, 0 },
                { "-x -- -n", "x", NULL, "-n", 1 },
                { "-qx", "x", NULL, NULL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Arguments arguments;
                Global global;
                Taken t;

                assert_int_equal(parse(table[i].line, &t, &global, &arguments), OPTIONS_GO);
                assert_string_equal(t.keys, table[i].keys);
                assert_int_equal(arguments.n, table[i].n);
                if (table[i].first)
                        assert_string_equal(arguments.words[0], table[i].first);
                if (table[i].argument)
                        assert_string_equal(t.argument, table[i].argument);
        }
}

static void test_global(void **state _unused_) {
        Arguments arguments;
        Global g;
        Taken t;

        assert_int_equal(
                parse("-c /x --quiet --json=pretty --no-pager --no-legend", &t, &g, &arguments),
                OPTIONS_GO);
        assert_string_equal(g.config, "/x");
        assert_true(g.quiet && g.no_pager && g.no_legend && g.json == JSON_PRETTY);
        assert_int_equal(parse("--json=short", &t, &g, &arguments), OPTIONS_GO);
        assert_int_equal(g.json, JSON_SHORT);
        assert_int_equal(parse("--json=short --json=off", &t, &g, &arguments), OPTIONS_GO);
        assert_int_equal(g.json, JSON_OFF);
        assert_false(g.quiet || g.no_pager || g.no_legend);
}

static void test_bad(void **state _unused_) {
        static const struct {
                const char *line, *error;
        } table[] = {
                { "-z", "unknown option: -z (see \"sockctl test --help\")" },
                { "--nope", "unknown option: --nope (see \"sockctl test --help\")" },
                { "-n", "option --lines requires an argument: N" },
                { "--level", "option --level requires an argument: WORD" },
                { "--quiet=1", "option --quiet takes no argument" },
                { "--json=yes", "--json: invalid value \"yes\" (expected off, short or pretty)" },
                { "--level bad", "" }, /* take() has said it */
        };
        char error[PRINT_ERROR_MAX];

        print_errors_to(error);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Arguments arguments;
                Global global;
                Taken t;

                *error = '\0';
                assert_int_equal(parse(table[i].line, &t, &global, &arguments), OPTIONS_BAD);
                assert_string_equal(error, table[i].error);
        }
        print_errors_to(NULL);
}

static void test_help(void **state _unused_) {
        static const char expected[] = "Usage: sockctl test [OPTION...] WORD...\n"
                                       "Try options.\n"
                                       "\n"
                                       "  -n, --lines=N            how many\n"
                                       "  -x                       only a letter\n"
                                       "      --level=WORD         only a name\n"
                                       "\n";
        _cleanup_free_ char *text = NULL;
        Arguments arguments;
        OptionsResult r;
        Global global;
        Taken t;

        print_to_memory();
        r = parse("-x --help -z", &t, &global, &arguments);
        text = printed();
        assert_int_equal(r, OPTIONS_DONE);
        assert_memory_equal(text, expected, strlen(expected));
        assert_non_null(strstr(text, "\n  -h, --help               print this help\n"));
}

static void test_number(void **state _unused_) {
        static const char *const bad[] = { "",   "-1", "+1",   " 1",
                                           "1 ", "x",  "0x10", "18446744073709551616" };
        char error[PRINT_ERROR_MAX];
        uint64_t n;

        assert_int_equal(options_number("-n", "0", &n), 0);
        assert_int_equal(n, 0);
        assert_int_equal(options_number("-n", "18446744073709551615", &n), 0);
        assert_true(n == UINT64_MAX);
        print_errors_to(error);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(options_number("-n", bad[i], &n), -EINVAL);
        assert_string_equal(error, "-n: invalid number \"18446744073709551616\"");
        print_errors_to(NULL);
}

static void test_word(void **state _unused_) {
        static const char *const words[] = { "a", "b" };
        char error[PRINT_ERROR_MAX];
        size_t i = 7;

        assert_int_equal(options_word("--o", "b", words, 2, &i), 0);
        assert_int_equal(i, 1);
        print_errors_to(error);
        assert_int_equal(options_word("--o", "B", words, 2, &i), -EINVAL);
        assert_string_equal(error, "--o: invalid value \"B\" (expected a or b)");
        assert_int_equal(i, 1);
        print_errors_to(NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),   cmocka_unit_test(test_global),
                cmocka_unit_test(test_bad),    cmocka_unit_test(test_help),
                cmocka_unit_test(test_number), cmocka_unit_test(test_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
