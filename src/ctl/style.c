/* SPDX-License-Identifier: MIT */
/* As systemd's own tools decide it. */

#include "ctl/style.h"

#include "core/macro.h"
#include <string.h>

static bool is_one_of(const char *text, const char *const words[], size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcasecmp(text, words[i]) == 0)
                        return true;
        return false;
}

static bool decide(void) {
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };
        static const char *const yes[] = {
                "1", "yes", "y", "true", "t", "on", "16", "256", "24bit"
        };
        const char *text = getenv("SYSTEMD_COLORS");

        if (text && is_one_of(text, no, ELEMENTSOF(no)))
                return false;
        if (text && is_one_of(text, yes, ELEMENTSOF(yes)))
                return true;

        text = getenv("NO_COLOR");
        if (text && *text)
                return false;

        text = getenv("TERM");
        return isatty(STDOUT_FILENO) && text && *text && strcmp(text, "dumb") != 0;
}

bool style_colours(void) {
        static int colours = -1;

        if (colours < 0)
                colours = decide();
        return colours;
}

static const char *sequence(const char *text) {
        return style_colours() ? text : "";
}

const char *style_bold(void) {
        return sequence("\033[1m");
}

const char *style_grey(void) {
        return sequence("\033[90m");
}

const char *style_red(void) {
        return sequence("\033[1;31m");
}

const char *style_yellow(void) {
        return sequence("\033[1;33m");
}

const char *style_green(void) {
        return sequence("\033[1;32m");
}

const char *style_reset(void) {
        return sequence("\033[0m");
}
