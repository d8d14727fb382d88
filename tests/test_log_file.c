/* SPDX-License-Identifier: MIT */
/* Lines of files that grow, are truncated or compressed; which files there are; places in them. */

#include "ctl/log_file.h"

#include "core/id.h"
#include "ctl/log_files.h"
#include "ctl/log_line.h"
#include "ctl/log_seek.h"
#include "ctl/print.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static char directory[] = "/tmp/test_log_file-XXXXXX";

static int set_up(void **state _unused_) {
        return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state _unused_) {
        char command[64];

        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        return chdir("/") == 0 ? system(command) : -1;
}

static void append(const char *path, const char *text) {
        _cleanup_fclose_ FILE *f = fopen(path, "ae");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
}

static void assert_line(LogFile *f, const char *expected) {
        const char *line;
        size_t size;

        assert_int_equal(log_file_next(f, &line, &size), 1);
        assert_int_equal(size, strlen(expected));
        assert_memory_equal(line, expected, size);
}

static void assert_end(LogFile *f) {
        const char *line;
        size_t size;

        assert_int_equal(log_file_next(f, &line, &size), 0);
}

static void test_lines(void **state _unused_) {
        LogFile *f;

        append("plain", "one\n\ntwo\nthr");
        assert_int_equal(log_file_open("plain", &f), 0);
        assert_line(f, "one");
        assert_line(f, "");
        assert_line(f, "two");
        assert_int_equal(log_file_offset(f), 5);
        assert_end(f);
        assert_end(f);
        append("plain", "ee\nfour\n");
        assert_line(f, "three");
        assert_line(f, "four");
        assert_end(f);
        log_file_seek(f, 0);
        assert_line(f, "one");
        log_file_seek(f, 5);
        assert_line(f, "two");
        log_file_seek(f, 6);
        assert_line(f, "three");
        assert_int_equal(truncate("plain", 0), 0);
        assert_line(f, "four"); /* it had been read */
        assert_end(f);
        log_file_free(f);
}

static void test_no_files(void **state _unused_) {
        LogFile *f;

        assert_int_equal(log_file_open("nothing", &f), -ENOENT);
        assert_int_equal(log_file_open("/dev/null", &f), -EINVAL);
        assert_int_equal(log_file_open(".", &f), -EINVAL);
}

static void test_long_lines(void **state _unused_) {
        static char text[3000001];
        LogFile *f;

        memset(text, 'x', 3000000);
        append("long", text);
        append("long", "\nshort\n");
        append("long", text);
        append("long", "\n");
        assert_int_equal(log_file_open("long", &f), 0);
        assert_line(f, text);
        assert_line(f, "short");
        assert_line(f, text);
        assert_end(f);
        log_file_free(f);
}

/* A hole of zeros is one line. */
static void test_too_long(void **state _unused_) {
        LogFile *f;

        append("hole", "before\n");
        assert_int_equal(truncate("hole", LOG_FILE_LINE_MAX + 1000), 0);
        append("hole", "\nafter\n");
        assert_int_equal(log_file_open("hole", &f), 0);
        assert_line(f, "before");
        assert_line(f, "after");
        assert_end(f);
        log_file_free(f);
}

static void test_compressed(void **state _unused_) {
        static const char *const programs[][2] = { { "gzip", "gz" },
                                                   { "zstd", "zst" },
                                                   { "xz", "xz" } };
        char name[32], command[128], error[PRINT_ERROR_MAX];
        LogFile *f;

        for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
                (void)snprintf(name, sizeof(name), "packed.%s", programs[i][1]);
                (void)snprintf(command, sizeof(command),
                               "exec 2>/dev/null; (echo one; echo two) | %s -c >%s", programs[i][0],
                               name);
                if (system(command) != 0)
                        continue; /* it is not installed */

                assert_true(log_file_is_compressed(name));
                assert_int_equal(log_file_open(name, &f), 0);
                assert_line(f, "one");
                assert_line(f, "two");
                assert_end(f);
                assert_end(f);
                log_file_free(f);

                assert_int_equal(log_file_open(name, &f), 0);
                log_file_free(f); /* without reading it */

                assert_int_equal(truncate(name, 20), 0);
                print_errors_to(error);
                *error = '\0';
                assert_int_equal(log_file_open(name, &f), 0);
                while (log_file_next(f, &(const char *){ NULL }, &(size_t){ 0 }) > 0)
                        ;
                log_file_free(f);
                print_errors_to(NULL);
                assert_non_null(strstr(error, "says that it is not whole"));
                assert_non_null(strstr(error, name));
        }
}

/* Under user-mode emulation nobody hears that a program could not be run: memory is not shared there. */
static bool can_tell_failure(void) {
        char *const words[] = { (char *)"nothing", NULL };
        pid_t pid;
        int status;

        if (posix_spawn(&pid, "/nonexistent/nothing", NULL, NULL, words, NULL) != 0)
                return true;

        (void)waitpid(pid, &status, 0);
        return false;
}

static void test_no_program(void **state _unused_) {
        _cleanup_free_ char *path = strdup(getenv("PATH"));
        char error[PRINT_ERROR_MAX];
        LogFile *f;

        if (!can_tell_failure())
                skip();
        append("packed.2.xz", "x");
        (void)setenv("PATH", "/nonexistent", true);
        print_errors_to(error);
        assert_int_equal(log_file_open("packed.2.xz", &f), -ESRCH);
        print_errors_to(NULL);
        (void)setenv("PATH", path, true);
        assert_string_equal(error, "packed.2.xz: cannot read it without xz (package xz-utils)");
}

static void test_names(void **state _unused_) {
        static const struct {
                const char *name;
                bool yes;
        } table[] = {
                { "m.log", true },
                { "m.log.1", true },
                { "m.log.2.gz", true },
                { "m.log-20261126", true },
                { "m.log-20261126.zst", true },
                { "m.log.damaged-mwt004btw2g", true },
                { "m-20261126.log", true },
                { "m-2026-11-26.log.xz", true },
                { "m.logs", false },
                { "m", false },
                { "m-web.log", false },
                { "m-20261126.log.old", false },
                { "n.log", false },
                { ".m.log.swp", false },
        };
        LogFiles files = { 0 };
        char path[128];
        size_t expected = 0;

        assert_int_equal(mkdir("names", 0700), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                (void)snprintf(path, sizeof(path), "names/%s", table[i].name);
                append(path, "x\n");
                expected += table[i].yes;
        }
        assert_int_equal(mkdir("names/m.log.d", 0700), 0); /* no file */
        assert_int_equal(link("names/m.log.1", "names/m.log.copy"), 0);
        (void)snprintf(path, sizeof(path), "%s/names/m.log", directory);
        for (int i = 0; i < 2; i++)
                assert_int_equal(log_files_add_output(&files, path), expected);
        for (size_t i = 0; i < files.n; i++)
                assert_int_equal(files.paths[i].is_live, strcmp(files.paths[i].path, path) == 0);
        assert_int_equal(log_files_add_output(&files, "/nonexistent/m.log"), expected);
        assert_int_equal(log_files_add_output(&files, "-"), expected);
        assert_int_equal(log_files_add(&files, "names"), ELEMENTSOF(table) - 1); /* no dot files */
        log_files_done(&files);
        assert_int_equal(log_files_add(&files, "./names/m"), 1);
        print_errors_to(path);
        assert_int_equal(log_files_add(&files, "./names/o"), -ENOENT);
        print_errors_to(NULL);
        log_files_done(&files);
}

#define START UINT64_C(1795343640000000)
#define N_RECORDS 40000U

/* A record each 10 ms of two workers in turn, each pair the wrong way round. */
static void make_records(const char *path) {
        _cleanup_fclose_ FILE *f = fopen(path, "we");
        Id ids[2];

        assert_non_null(f);
        id_init(&ids[0], START / 1000, 1, 0);
        id_init(&ids[1], START / 1000, 1, 1);
        for (unsigned i = 0; i < N_RECORDS; i++) {
                Id *id = &ids[i % 2];
                RecordTime time = { 0 };

                record_time_set(&time, START + (uint64_t)(i ^ 1) * 10000);
                fprintf(f, "%.*s tcp 127.0.0.1:1 %.*s record %u of a file that is large enough\n",
                        RECORD_TIME_SIZE, time.text, (int)id->size, id->text, i);
                if (i % 1000 == 0)
                        fputs("something else\n", f);
                id_next(id);
        }
}

static void test_seek_time(void **state _unused_) {
        const char *line;
        size_t size;
        LogFile *f;
        uint64_t usec;

        make_records("records");
        assert_int_equal(log_file_open("records", &f), 0);
        for (unsigned i = 0; i <= N_RECORDS + 10000; i += 2500) {
                const uint64_t wanted = START + (uint64_t)i * 10000;
                unsigned n = 0, before = 0;

                assert_int_equal(log_seek_time(f, wanted), 0);
                while (log_file_next(f, &line, &size) > 0)
                        if (log_line_time(line, size, &usec)) {
                                n += usec >= wanted;
                                before += usec < wanted;
                        }
                assert_int_equal(n, i > N_RECORDS ? 0 : N_RECORDS - i);
                assert_true(before < N_RECORDS / 2); /* it was not all read */
        }
        assert_int_equal(log_seek_last(f, &usec), 1);
        assert_int_equal(usec, START + (N_RECORDS - 1) * UINT64_C(10000));
        log_file_free(f);
        append("empty", "nothing\n");
        assert_int_equal(log_file_open("empty", &f), 0);
        assert_int_equal(log_seek_last(f, &usec), 0);
        assert_int_equal(log_seek_time(f, START), 0);
        assert_line(f, "nothing");
        log_file_free(f);
}

static void test_seek_id(void **state _unused_) {
        const char *line;
        char expected[64];
        size_t size;
        LogFile *f;
        Id ids[2], other;

        make_records("records");
        assert_int_equal(log_file_open("records", &f), 0);
        id_init(&ids[0], START / 1000, 1, 0);
        id_init(&ids[1], START / 1000, 1, 1);
        for (unsigned i = 0; i < N_RECORDS; id_next(&ids[i++ % 2])) {
                if (i % 777 != 0)
                        continue;
                assert_int_equal(log_seek_id(f, &ids[i % 2], &line, &size), 1);
                (void)snprintf(expected, sizeof(expected), " record %u of ", i);
                assert_non_null(memmem(line, size, expected, strlen(expected)));
        }
        for (int i = -1; i < 3; i++) { /* an earlier start, an unknown worker, a later start */
                id_init(&other, START / 1000 + (uint64_t)(i == 1 ? 0 : i), 9, 0);
                assert_int_equal(log_seek_id(f, &other, &line, &size), 0);
        }
        other = (Id){ .size = 3, .text = "a-0" };
        assert_int_equal(log_seek_id(f, &other, &line, &size), 0);
        log_file_free(f);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),      cmocka_unit_test(test_no_files),
                cmocka_unit_test(test_long_lines), cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_compressed), cmocka_unit_test(test_no_program),
                cmocka_unit_test(test_names),      cmocka_unit_test(test_seek_time),
                cmocka_unit_test(test_seek_id),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
