/* SPDX-License-Identifier: MIT */
/*
 * Only whole lines of ours are in a file, whatever was there before and however an append fails; and
 * nothing but a regular file of our own is touched.
 */

#include "daemon/output/file.h"

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define RECORD_MAX 100
#define UNSEEN 65534 /* the group that stands for those of other user namespaces */

static char directory[] = "/tmp/test-file-XXXXXX", path[64], other[64];

static void write_file(const char *name, const char *data, size_t size) {
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, size), size);
        closep(&fd);
}

static void check_file(const char *name, const char *data, size_t size) {
        _cleanup_free_ char *got = malloc(size + 1);
        int fd = open(name, O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_non_null(got);
        assert_int_equal(read(fd, got, size + 1), size);
        assert_memory_equal(got, data, size);
        closep(&fd);
}

static int open_with(const char *name, size_t record_max, File *ret, FileReport *ret_report) {
        const FileSettings settings = {
                .record_max = record_max,
                .mode = 0640,
                .group = FILE_GROUP_ANY,
        };

        return file_open(name, &settings, ret, ret_report);
}

static int open_file(File *ret) {
        FileReport report;

        return open_with(path, RECORD_MAX, ret, &report);
}

/* The next calls fail with this errno. */
static int flock_error, fchown_error;

int fchown(int fd, uid_t owner, gid_t group) {
        errno = fchown_error;
        return fchown_error ? -1 : (int)syscall(SYS_fchown, fd, owner, group);
}

int flock(int fd, int operation) {
        errno = flock_error;
        return flock_error ? -1 : (int)syscall(SYS_flock, fd, operation);
}

static int set_up(void **state _unused_) {
        (void)unlink(path);
        (void)unlink(other);
        return 0;
}

static void test_created(void **state _unused_) {
        mode_t mask = umask(077);
        struct stat st;
        File f;

        assert_int_equal(open_file(&f), 0);
        (void)umask(mask);
        assert_true(f.created);
        assert_int_equal(file_append(&f, "a\n", 2), 0);
        assert_int_equal(file_append(&f, "b\nc\n", 4), 0);
        assert_int_equal(f.size, 6);
        assert_int_equal(file_flush(&f), 0);
        assert_true(f.name_durable);
        assert_int_equal(fstat(f.fd, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0640); /* whatever the mask */
        file_close(&f);
        assert_int_equal(f.fd, -EBADF);
        check_file(path, "a\nb\nc\n", 6);

        assert_int_equal(open_file(&f), 0);
        assert_false(f.created);
        assert_int_equal(f.size, 6);
        file_close(&f);
}

static void test_torn_line(void **state _unused_) {
        static char long_line[3 * 65536 + RECORD_MAX];
        const struct {
                const char *data;
                size_t size, record_max;
                int result;
                size_t kept;
        } rows[] = {
                { "", 0, RECORD_MAX, 0, 0 },
                { "a\n", 2, RECORD_MAX, 0, 2 },
                { "a\nb", 3, RECORD_MAX, 0, 2 },
                { "a\n\nbcd", 6, RECORD_MAX, 0, 3 },
                { "a", 1, RECORD_MAX, -EBADMSG, 1 }, /* may be anything */
                { "a\nbcd", 5, 3, -EBADMSG, 5 },     /* longer than a record of ours */
                { "a\nbcd", 5, 4, 0, 2 },
                /* The line end lies in another chunk than the end. */
                { long_line, sizeof(long_line), sizeof(long_line), 0, 2 },
                { long_line, sizeof(long_line), sizeof(long_line) - 2, -EBADMSG,
                  sizeof(long_line) },
        };

        memset(long_line, 'x', sizeof(long_line));
        long_line[1] = '\n';
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                FileReport report;
                File f;

                write_file(path, rows[i].data, rows[i].size);
                assert_int_equal(open_with(path, rows[i].record_max, &f, &report), rows[i].result);
                check_file(path, rows[i].data, rows[i].kept);
                if (rows[i].result < 0) {
                        assert_string_equal(report.refusal,
                                            "its end is not a line of ours, not touching it");
                        continue;
                }
                assert_int_equal(report.cut, rows[i].size - rows[i].kept);
                assert_int_equal(f.size, rows[i].kept);
                file_close(&f);
        }
}

static void test_what_to_do(void **state _unused_) {
        assert_non_null(strstr(file_refusal(-EROFS), "ReadWritePaths="));
        assert_non_null(strstr(file_refusal(-EACCES), "owner and mode"));
        assert_string_equal(file_refusal(-EIO), "cannot open it");
}

static void test_refused(void **state _unused_) {
        static const struct {
                const char *kind;
                int error;
                const char *reason;
        } rows[] = {
                { "link", -ELOOP, "it is a symbolic link" },
                { "fifo", -ENOTSUP, "it is not a regular file" },
                { "directory", -EISDIR, "cannot open it" },
                { "locked", -EWOULDBLOCK, "another process has locked it" },
                { "nowhere", -ENOENT, "cannot open it" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *kind = rows[i].kind;
                FileReport report;
                char wanted[96];
                int lock = -EBADF;
                File f;

                (void)snprintf(wanted, sizeof(wanted), "%s%s/log", directory,
                               strcmp(kind, "nowhere") == 0 ? "/nowhere" : "");
                write_file(other, "torn", 4);
                if (strcmp(kind, "link") == 0)
                        assert_int_equal(symlink(other, path), 0);
                else if (strcmp(kind, "fifo") == 0)
                        assert_int_equal(mkfifo(path, 0600), 0);
                else if (strcmp(kind, "directory") == 0)
                        assert_int_equal(mkdir(path, 0700), 0);
                else if (strcmp(kind, "locked") == 0) {
                        write_file(path, "torn", 4);
                        lock = open(path, O_RDONLY | O_CLOEXEC);
                        assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
                }
                assert_int_equal(open_with(wanted, RECORD_MAX, &f, &report), rows[i].error);
                assert_string_equal(report.refusal, rows[i].reason);
                check_file(other, "torn", 4);
                closep(&lock);
                (void)remove(path);
        }
}

/* Only a file that is created gets them, and it is used even if it cannot. */
static void test_mode_and_group(void **state _unused_) {
        const FileSettings settings = {
                .record_max = RECORD_MAX,
                .mode = 0664,
                .group = getegid(),
        };
        FileReport report;
        struct stat st;
        File f;

        fchown_error = EPERM; /* it is not called: the group is that already */
        assert_int_equal(file_open(path, &settings, &f, &report), 0);
        assert_int_equal(report.group_error, 0);
        assert_int_equal(report.mode_error, 0);
        assert_int_equal(fstat(f.fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0664);
        assert_int_equal(fchmod(f.fd, 0600), 0);
        file_close(&f);
        assert_int_equal(file_open(path, &settings, &f, &report), 0);
        assert_int_equal(fstat(f.fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        file_close(&f);

        (void)unlink(path);
        assert_int_equal(file_open(path,
                                   &(FileSettings){ .record_max = RECORD_MAX,
                                                    .mode = 0640,
                                                    .group = getegid() + 1 },
                                   &f, &report),
                         0);
        fchown_error = 0;
        assert_int_equal(report.group_error, getegid() == UNSEEN ? 0 : -EPERM);
        assert_int_equal(file_append(&f, "a\n", 2), 0);
        file_close(&f);
}

/* In a user namespace, the group that the directory has given it may not be there to be seen. */
static void test_group_unseen(void **state _unused_) {
        const FileSettings settings = {
                .record_max = RECORD_MAX,
                .mode = 0640,
                .group = getegid() + 1,
        };
        FileReport report;
        File f;

        if (chown(directory, (uid_t)-1, UNSEEN) < 0)
                skip(); /* only root can make one */
        assert_int_equal(chmod(directory, 02700), 0);
        fchown_error = EPERM;
        assert_int_equal(file_open(path, &settings, &f, &report), 0);
        fchown_error = 0;
        assert_int_equal(report.group_error, 0);
        file_close(&f);
        assert_int_equal(chown(directory, (uid_t)-1, getegid()), 0);
        assert_int_equal(chmod(directory, 0700), 0);
}

/* A file system that has no locks is no reason to record nothing; another process is. */
static void test_no_locks(void **state _unused_) {
        static const int errors[] = { ENOLCK, EOPNOTSUPP, ENOSYS, EIO };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                FileReport report;
                File f;

                flock_error = errors[i];
                assert_int_equal(open_with(path, RECORD_MAX, &f, &report), 0);
                assert_int_equal(report.lock_error, -errors[i]);
                assert_int_equal(file_append(&f, "a\n", 2), 0);
                file_close(&f);
                flock_error = 0;
                assert_int_equal(open_with(path, RECORD_MAX, &f, &report), 0);
                assert_int_equal(report.lock_error, 0);
                file_close(&f);
        }
        check_file(path, "a\na\na\na\n", 8);
}

/* Writes past SIZE fail, those up to it in part. */
static void limit_size(rlim_t size) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = MIN(size, limit.rlim_max);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_failed_append(void **state _unused_) {
        File f;
        int r;

        assert_int_equal(open_file(&f), 0);
        assert_int_equal(file_append(&f, "first\n", 6), 0);
        for (rlim_t room = 0; room < 7; room++) {
                limit_size(6 + room);
                r = file_append(&f, "second\n", 7);
                limit_size(RLIM_INFINITY);
                assert_int_equal(r, -EFBIG);
                assert_false(f.torn);
                assert_int_equal(f.size, 6);
                check_file(path, "first\n", 6);
        }
        assert_int_equal(file_append(&f, "third\n", 6), 0);
        file_close(&f);
        check_file(path, "first\nthird\n", 12);
}

/* Somebody else has appended or truncated: what a failed append left goes before the next one. */
static void test_torn_by_another(void **state _unused_) {
        static const struct {
                const char *found, *after; /* when it fails, and once the next record is there */
        } rows[] = {
                { "other\nhal", "other\nnext\n" },
                { "half", "next\n" },
                { "", "next\n" },
                { "whole\n", "whole\nnext\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                File f;

                (void)unlink(path);
                assert_int_equal(open_file(&f), 0);
                write_file(path, rows[i].found, strlen(rows[i].found));
                f.torn = true; /* as take_back() finds it */
                assert_int_equal(file_append(&f, "next\n", 5), 0);
                assert_false(f.torn);
                assert_int_equal(f.size, strlen(rows[i].after));
                check_file(path, rows[i].after, strlen(rows[i].after));
                file_close(&f);
        }
}

/* A file that was truncated behind our back while the append fails is not cut to the old size. */
static void test_truncated_meanwhile(void **state _unused_) {
        File f;
        int r;

        assert_int_equal(open_file(&f), 0);
        assert_int_equal(file_append(&f, "first\n", 6), 0);
        assert_int_equal(truncate(path, 0), 0);
        limit_size(8);
        r = file_append(&f, "a second\n", 9);
        limit_size(RLIM_INFINITY);
        assert_int_equal(r, -EFBIG);
        assert_true(f.torn);
        assert_int_equal(file_append(&f, "third\n", 6), 0);
        check_file(path, "third\n", 6);
        file_close(&f);
}

static void test_names(void **state _unused_) {
        File f;

        assert_int_equal(open_file(&f), 0);
        assert_true(file_is_at(&f, path));
        assert_int_equal(file_has_name(&f), 1);
        assert_int_equal(rename(path, other), 0);
        assert_false(file_is_at(&f, path));
        assert_true(file_is_at(&f, other));
        assert_int_equal(file_has_name(&f), 1);
        assert_int_equal(file_flush(&f), 0); /* moved, but there */
        assert_int_equal(file_flush_at(&f, path), -ESTALE);
        assert_int_equal(file_flush_at(&f, other), 0);
        write_file(path, "", 0);
        assert_false(file_is_at(&f, path));
        assert_int_equal(file_look(&f, path), -ESTALE);
        assert_int_equal(unlink(other), 0);
        assert_int_equal(file_look(&f, path), -ENOENT);
        assert_int_equal(file_flush_at(&f, path), -ENOENT);
        assert_int_equal(file_has_name(&f), 0);
        assert_int_equal(file_flush(&f), -ENOENT);
        assert_false(f.damaged);
        file_close(&f);
        assert_false(file_is_at(&f, path));
}

/* Blocks that were reserved for more are given back, and the time of the last record stays. */
static void test_reserved(void **state _unused_) {
        static char load[256 * 1024];
        struct stat st;
        File f;

        memset(load, '\n', sizeof(load));
        assert_int_equal(open_file(&f), 0);
        assert_int_equal(file_append(&f, load, sizeof(load)), 0);
        assert_true(f.reserved > f.size);
        assert_int_equal(futimens(f.fd, (struct timespec[]){ { 1, 0 }, { 2, 0 } }), 0);
        file_give_back(&f);
        assert_int_equal(f.reserved, 0);
        assert_int_equal(fstat(f.fd, &st), 0);
        assert_int_equal(st.st_size, sizeof(load));
        assert_in_range(st.st_blocks * 512, 0, sizeof(load) + 1024 * 1024);
        assert_int_equal(st.st_mtim.tv_sec, 2);
        assert_int_equal(file_probe(&f, 65536), 0);
        assert_int_equal(fstat(f.fd, &st), 0);
        assert_int_equal(st.st_size, sizeof(load)); /* probing writes nothing */
        file_close(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_created, set_up),
                cmocka_unit_test_setup(test_torn_line, set_up),
                cmocka_unit_test_setup(test_refused, set_up),
                cmocka_unit_test(test_what_to_do),
                cmocka_unit_test_setup(test_mode_and_group, set_up),
                cmocka_unit_test_setup(test_group_unseen, set_up),
                cmocka_unit_test_setup(test_no_locks, set_up),
                cmocka_unit_test_setup(test_failed_append, set_up),
                cmocka_unit_test_setup(test_torn_by_another, set_up),
                cmocka_unit_test_setup(test_truncated_meanwhile, set_up),
                cmocka_unit_test_setup(test_names, set_up),
                cmocka_unit_test_setup(test_reserved, set_up),
        };
        int r;

        (void)signal(SIGXFSZ, SIG_IGN);
        if (!mkdtemp(directory))
                return 1;
        (void)snprintf(path, sizeof(path), "%s/log", directory);
        (void)snprintf(other, sizeof(other), "%s/other", directory);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)set_up(NULL);
        (void)rmdir(directory);
        return r;
}
