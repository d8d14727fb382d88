/* SPDX-License-Identifier: MIT */
/* What a test logs, as text: standard error leads to memory from stderr_catch() to stderr_release(). */
#pragma once

#include "unit.h"
#include <sys/mman.h>
#include <unistd.h>

#define STDERR_TEXT_MAX 4096

/* Returns where standard error led. */
static inline int stderr_catch(void) {
        int before = dup(STDERR_FILENO), fd = memfd_create("stderr", MFD_CLOEXEC);

        assert_true(before >= 0 && fd >= 0);
        assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        assert_int_equal(close(fd), 0);
        return before;
}

/* BEFORE: what stderr_catch() returned. Returns TEXT, what was written meanwhile. */
static inline const char *stderr_release(int before, char text[static STDERR_TEXT_MAX]) {
        ssize_t n = pread(STDERR_FILENO, text, STDERR_TEXT_MAX - 1, 0);

        assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
        assert_int_equal(close(before), 0);
        assert_true(n >= 0);
        text[n] = '\0';
        return text;
}
