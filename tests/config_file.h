/* SPDX-License-Identifier: MIT */
/*
 * For the tests of the config file: shortest files to put keys into, and a file in a directory of
 * its own.
 */
#pragma once

#include "config/config.h"
#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define OUTPUT "outputs = ( { type = \"journal\"; } );"
#define LISTENER "listeners = ( { protocol = \"tcp\"; } );"
#define TCP(keys) "listeners = ( { protocol = \"tcp\"; " keys " } ); " OUTPUT
#define UDP(keys) "listeners = ( { protocol = \"udp\"; " keys " } ); " OUTPUT
#define OUT(list) LISTENER " outputs = ( " list " );"
#define TOP(keys) LISTENER " " OUTPUT " " keys
#define LIMITS(keys) TOP("limits = { " keys " };")
#define FILE_OUTPUT "{ type = \"file\"; path = \"/a\"; }"

/* The tests run in a directory of their own, so that errors name this. */
#define CONF "t.conf"

static inline void write_file(const char *text, size_t size) {
        _cleanup_close_ int fd = open(CONF, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, size), size);
}

static inline int load_file(const char *path, char **ret_errors, Config **ret) {
        size_t size;
        FILE *f = open_memstream(ret_errors, &size);
        int r;

        assert_non_null(f);
        r = config_load(path, f, ret);
        assert_int_equal(fclose(f), 0);
        return r;
}

static inline int enter_directory(void **state) {
        static char path[] = "/tmp/test_config.XXXXXX";

        *state = path;
        return mkdtemp(path) ? chdir(path) : -1;
}

static inline int leave_directory(void **state) {
        (void)unlink(CONF);
        return rmdir(*state);
}
