/* SPDX-License-Identifier: MIT */
/* What the environment says about colours; standard output is a terminal or none. */

#include "ctl/style.h"

#include "core/macro.h"
#include <errno.h>
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
static bool colours(int output, const char *systemd_colors, const char *no_color,
                    const char *term) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                if (dup2(output, STDOUT_FILENO) < 0)
                        _exit(2);
                set("SYSTEMD_COLORS", systemd_colors);
                set("NO_COLOR", no_color);
                set("TERM", term);
                if (style_colours() != (*style_bold() != '\0') ||
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
                bool on_terminal, elsewhere;
        } table[] = {
                { NULL, NULL, "xterm", true, false },    { NULL, NULL, "dumb", false, false },
                { NULL, NULL, NULL, false, false },      { NULL, "1", "xterm", false, false },
                { NULL, "", "xterm", true, false },      { "1", NULL, NULL, true, true },
                { "TRUE", "1", "dumb", true, true },     { "24bit", "1", "xterm", true, true },
                { "0", NULL, "xterm", false, false },    { "Off", NULL, "xterm", false, false },
                { "maybe", NULL, "xterm", true, false }, { "", NULL, "xterm", true, false },
        };
        _cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        _cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        _cleanup_close_ int terminal = -EBADF;

        assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
        terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
        assert_true(terminal >= 0 && null >= 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(colours(terminal, table[i].systemd_colors, table[i].no_color,
                                         table[i].term),
                                 table[i].on_terminal);
                assert_int_equal(
                        colours(null, table[i].systemd_colors, table[i].no_color, table[i].term),
                        table[i].elsewhere);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_environment) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
