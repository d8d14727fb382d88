/* SPDX-License-Identifier: MIT */
/* Files of prefixes: what is in them, and what is wrong with them. */

#include "config/prefix_list.h"

#include "config/config.h"
#include "core/prefix_set.h"
#include "tests/unit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char path[] = "/tmp/sockd-test-prefix-list-XXXXXX", entry[sizeof(path) + 1];

static void write_file(const char *text, size_t size) {
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, size, f), size);
        assert_int_equal(fclose(f), 0);
}

/* Loads ENTRIES; *ret_errors is what was printed, to be freed. */
static int load(const char *const *entries, size_t n, PrefixSet **ret, char **ret_errors) {
        ConfigStrings list = { (char **)(void *)entries, n };
        size_t size;
        FILE *errors = open_memstream(ret_errors, &size);
        int r;

        assert_non_null(errors);
        *ret = NULL;
        r = prefix_list_load(&list, errors, ret);
        assert_int_equal(fclose(errors), 0);
        assert_int_equal(r<0, size> 0);
        return r;
}

static bool has(const PrefixSet *s, const char *text) {
        Address a;

        assert_int_equal(address_parse(text, 1, &a), 0);
        return prefix_set_has(s, &a);
}

static void test_good(void **state _unused_) {
        static const char text[] =
                "# comment\n\n192.0.2.0/24\n \t2001:db8::/32 # another\r\n10.0.0.1";
        const char *const entries[] = { "127.0.0.1", entry };
        PrefixSet *s;
        char *errors;

        write_file(text, sizeof(text) - 1);
        assert_int_equal(load(entries, 2, &s, &errors), 0);
        assert_int_equal(prefix_set_size(s), 4);
        assert_true(has(s, "127.0.0.1") && has(s, "192.0.2.9") && has(s, "2001:db8::1") &&
                    has(s, "10.0.0.1"));
        assert_false(has(s, "10.0.0.2"));
        free(errors);
        (void)prefix_set_free(s);

        /* Empty is not the same as no list: nothing is in it. */
        write_file("", 0);
        assert_int_equal(load(entries + 1, 1, &s, &errors), 0);
        assert_non_null(s);
        assert_int_equal(prefix_set_size(s), 0);
        free(errors);
        (void)prefix_set_free(s);
        assert_int_equal(load(entries, 0, &s, &errors), 0);
        assert_null(s);
        free(errors);
}

static void test_bad(void **state _unused_) {
        static const struct {
                const char *text;
                size_t size;
                const char *error; /* without the path */
        } table[] = {
#define TEXT(t) t, sizeof(t) - 1
                { TEXT("::1\n\nx\n"),
                  ":3: must be an address or a prefix such as 192.0.2.0/24, not "
                  "\"x\"\n" },
                { TEXT("10.0.0.1/8\n"),
                  ":1: \"10.0.0.1/8\" has bits beyond its length, the prefix is "
                  "10.0.0.0/8\n" },
                { TEXT("::1\0::2\n"), ": the file has NUL bytes\n" },
                { TEXT("10.0.0.1 10.0.0.2\n"), ":1: must be an address or a prefix such as "
                                               "192.0.2.0/24, not \"10.0.0.1 10.0.0.2\"\n" },
                { TEXT("@/etc/passwd\n"),
                  ":1: must be an address or a prefix such as 192.0.2.0/24, "
                  "not \"@/etc/passwd\"\n" },
                { TEXT("\x1b[31m\xff\n"),
                  ":1: must be an address or a prefix such as 192.0.2.0/24, "
                  "not \"\\x1b[31m\\xff\"\n" },
#undef TEXT
        };
        const char *const entries[] = { entry };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                PrefixSet *s;
                char *errors;

                write_file(table[i].text, table[i].size);
                assert_int_equal(load(entries, 1, &s, &errors), -EBADMSG);
                assert_memory_equal(errors, path, strlen(path));
                assert_string_equal(errors + strlen(path), table[i].error);
                free(errors);
        }
}

/* A file of ten thousand bad lines is told by ten; others are looked at nevertheless. */
static void test_many(void **state _unused_) {
        const char *const entries[] = { entry, "@/nonexistent", entry, "@/" };
        unsigned n = 0;
        PrefixSet *s;
        char *errors;
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        for (unsigned i = 0; i < 10000; i++)
                assert_true(fprintf(f, "bad\n") > 0);
        assert_int_equal(fclose(f), 0);
        assert_true(load(entries, 4, &s, &errors) < 0);
        for (const char *p = errors; *p; p++)
                n += *p == '\n';
        assert_int_equal(n, 22);
        assert_non_null(strstr(errors, "\n/nonexistent: No such file or directory\n"));
        assert_non_null(strstr(errors, "\n/: Is a directory\n"));
        free(errors);

        f = fopen(path, "we");
        assert_non_null(f);
        for (unsigned i = 0; i <= PREFIX_LIST_FILE_MAX; i++)
                assert_true(fprintf(f, "10.%u.%u.%u\n", i >> 16, i >> 8 & 255, i & 255) > 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(load(entries, 1, &s, &errors), -EBADMSG);
        assert_non_null(strstr(errors, ":100001: more than 100000 prefixes\n"));
        free(errors);
}

/* A reload must not wait for what may never come. */
static void test_pipe(void **state _unused_) {
        const char *const entries[] = { entry, "@/dev/zero" };
        _cleanup_close_ int fd = -EBADF;
        PrefixSet *s;
        char *errors;

        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        fd = open(path, O_RDWR | O_CLOEXEC); /* a writer that writes nothing */
        assert_true(fd >= 0);
        assert_true(load(entries, 2, &s, &errors) < 0);
        assert_memory_equal(errors, path, strlen(path));
        assert_string_equal(errors + strlen(path),
                            ": not a regular file\n/dev/zero: not a regular file\n");
        free(errors);
        assert_int_equal(unlink(path), 0);
}

static void test_mode(void **state _unused_) {
        const char *const entries[] = { entry };
        PrefixSet *s;
        char *errors;

        write_file("::1\n", 4);
        assert_int_equal(chmod(path, 0666), 0);
        assert_int_equal(load(entries, 1, &s, &errors), -EBADMSG);
        assert_non_null(strstr(errors, ": the file is world-writable, chmod o-w it\n"));
        free(errors);
        assert_int_equal(chmod(path, 0600), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good), cmocka_unit_test(test_bad),
                cmocka_unit_test(test_many), cmocka_unit_test(test_mode),
                cmocka_unit_test(test_pipe),
        };
        int fd = mkstemp(path), r;

        if (fd < 0)
                return EXIT_FAILURE;
        (void)close(fd);
        (void)snprintf(entry, sizeof(entry), "@%s", path);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)unlink(path);
        return r;
}
