/* SPDX-License-Identifier: MIT */
/* What the environment says about colours; standard output is no terminal here. */

#include "ctl/style.h"

#include "core/macro.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
/* cmocka wants the above */
#include <cmocka.h>

static void set(const char *name, const char *value) {
        if (value)
                (void)setenv(name, value, 1);
        else
                (void)unsetenv(name);
}

/* In a child, because a process decides once. */
static bool colours(const char *systemd_colors, const char *no_color, const char *term) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                const char *bold;

                if (dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) < 0)
                        _exit(2);
                set("SYSTEMD_COLORS", systemd_colors);
                set("NO_COLOR", no_color);
                set("TERM", term);
                bold = style_bold();
                if (style_colours() != (*bold != '\0') ||
                    style_colours() != (*style_reset() != '\0'))
                        _exit(3);
                _exit(style_colours());
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        return WEXITSTATUS(status);
}

static void test_environment(void **state _unused_) {
        static const struct {
                const char *systemd_colors, *no_color, *term;
                bool colours;
        } table[] = {
                { NULL, NULL, "xterm", false }, /* no terminal */
                { "1", NULL, NULL, true },       { "TRUE", NULL, "dumb", true },
                { "24bit", "1", "xterm", true }, { "0", NULL, "xterm", false },
                { "Off", NULL, "xterm", false }, { "maybe", NULL, "xterm", false },
                { "", NULL, "xterm", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(colours(table[i].systemd_colors, table[i].no_color, table[i].term),
                                 table[i].colours);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_environment) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
