/* SPDX-License-Identifier: MIT */
/* What is kept of peers from one store to the next, and what becomes of files that are not right. */

#include "daemon/worker/peer_store.h"

#include "core/peers.h"
#include "daemon/base/log.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"
#include "stderr_text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "sockd peers 1\n"

/* Two workers, as after a start, and the store of a directory. */
typedef struct Fixture {
        Worker items[2];
        Workers workers;
        PeerStore *store;
        char text[STDERR_TEXT_MAX]; /* what it logged */
} Fixture;

static char directory[] = "/tmp/sockd-test-XXXXXX";
static char path[sizeof(directory) + 16];

static void begin(Fixture *f, const char *state_directory) {
        int before = stderr_catch();

        *f = (Fixture){ .workers.n = ELEMENTSOF(f->items) };
        f->workers.items = f->items;
        for (size_t i = 0; i < ELEMENTSOF(f->items); i++) {
                f->items[i].peers = peers_new();
                assert_non_null(f->items[i].peers);
        }
        assert_int_equal(peer_store_new(&f->workers, state_directory, &f->store), 0);
        (void)stderr_release(before, f->text);
}

static void end(Fixture *f) {
        int before = stderr_catch();

        assert_null(peer_store_free(f->store));
        (void)stderr_release(before, f->text);
        for (size_t i = 0; i < ELEMENTSOF(f->items); i++)
                (void)peers_free(f->items[i].peers);
}

static void note(Fixture *f, unsigned worker, uint32_t address, uint64_t received, uint64_t now) {
        Peer news = { .received = received, .bytes = 10 * received, .last_seen_usec = now };

        news.address.family = AF_INET;
        news.address.v4.s_addr = htonl(address);
        peers_note(f->items[worker].peers, &news);
}

static size_t count(const Fixture *f, Peer **ret) {
        size_t n;

        assert_int_equal(peer_store_collect(f->store, ret, &n), 0);
        return n;
}

static void write_file(const char *text, size_t size) {
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, size, f), size);
        assert_int_equal(fclose(f), 0);
}

static size_t read_file(char buf[static 1024]) {
        FILE *f = fopen(path, "re");
        size_t n;

        assert_non_null(f);
        n = fread(buf, 1, 1023, f);
        buf[n] = '\0';
        assert_int_equal(fclose(f), 0);
        return n;
}

static int begin_test(void **state _unused_) {
        (void)unlink(path);
        (void)rmdir(path);
        return 0;
}

static void test_kept(void **state _unused_) {
        char file[1024];
        Peer *peers;
        Fixture f;

        begin(&f, directory);
        assert_int_equal(count(&f, &peers), 0);
        free(peers);
        note(&f, 0, 0xc0000207, 2, 1000);
        note(&f, 1, 0xc0000207, 3, 2000);
        note(&f, 1, 0xc0000208, 1, 1500);
        end(&f);
        assert_string_equal(f.text, "");
        (void)read_file(file);
        assert_string_equal(file, HEAD "192.0.2.7 5 50 0 0 1000 2000 0 0\n"
                                       "192.0.2.8 1 10 0 0 1500 1500 0 0\n");

        /* again, by another name for it; one of them sends, the other is silent */
        (void)snprintf(file, sizeof(file), "%s:/nonexistent", directory);
        begin(&f, file);
        assert_string_equal(f.text, "");
        note(&f, 0, 0xc0000208, 7, 3000);
        assert_int_equal(count(&f, &peers), 2);
        assert_int_equal(peers[0].received, 8);
        assert_int_equal(peers[0].first_seen_usec, 1500);
        assert_int_equal(peers[0].last_seen_usec, 3000);
        assert_int_equal(peers[1].received, 5);
        assert_int_equal(peers[1].last_seen_usec, 2000);
        free(peers);
        end(&f);
        (void)read_file(file);
        assert_string_equal(file, HEAD "192.0.2.8 8 80 0 0 1500 3000 0 0\n"
                                       "192.0.2.7 5 50 0 0 1000 2000 0 0\n");
}

static void test_nothing_to_keep(void **state _unused_) {
        static const char *const none[] = { NULL, "" };
        struct stat st;
        Fixture f;

        begin(&f, directory);
        end(&f); /* nobody has sent anything */
        for (size_t i = 0; i < ELEMENTSOF(none); i++) {
                begin(&f, none[i]);
                note(&f, 0, 1, 1, 1000);
                peer_store_stop(f.store);
                assert_true(peer_store_wait(f.store, 0));
                end(&f);
        }
        assert_int_equal(stat(path, &st), -1);
}

/* What stands before the damage is kept; the start goes on. */
static void test_damaged(void **state _unused_) {
#define GOOD "192.0.2.7 5 50 0 0 1000 2000\n"
#define FILE_OF(text, n, line)                                                                     \
        { text, sizeof(text) - 1, n, line }
        static const struct {
                const char *text;
                size_t size, n_kept;
                int line;
        } cases[] = {
                FILE_OF("", 0, 1),
                FILE_OF("\n", 0, 1),
                FILE_OF(GOOD, 0, 1),
                FILE_OF("sockd peers 2\n" GOOD, 0, 1),
                FILE_OF("sockd peers 1", 0, 1),
                FILE_OF(HEAD "\n", 0, 2),
                FILE_OF(HEAD GOOD "192.0.2.8 5 50 0 0 10", 1, 3),
                FILE_OF(HEAD GOOD "\0\0\0\0\0\0\0\0", 1, 3),
                FILE_OF(HEAD GOOD "\0\n" GOOD, 1, 3),
                FILE_OF(HEAD GOOD "\xff\x1b]0;\n", 1, 3),
                FILE_OF(HEAD GOOD GOOD "nonsense\n", 1, 4),
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char wanted[128];
                Peer *peers;
                Fixture f;

                write_file(cases[i].text, cases[i].size);
                begin(&f, directory);
                (void)snprintf(wanted, sizeof(wanted), "%s:%d: damaged", path, cases[i].line);
                assert_non_null(strstr(f.text, wanted));
                assert_int_equal(count(&f, &peers), cases[i].n_kept);
                free(peers);
                end(&f);
        }
}

/* Longer than any table can be: as much as fits, and no more memory for it. */
static void test_huge(void **state _unused_) {
        FILE *file = fopen(path, "we");
        char wanted[128];
        Peer *peers;
        Fixture f;

        assert_non_null(file);
        assert_true(fputs(HEAD, file) >= 0);
        for (unsigned i = 0; i < 4 * PEERS_MAX; i++)
                assert_true(fprintf(file, "10.0.%u.%u %u 0 0 0 1 2\n", i / 256, i % 256, i) > 0);
        assert_int_equal(ftruncate(fileno(file), INT64_C(1) << 40), 0);
        assert_int_equal(fclose(file), 0);

        begin(&f, directory);
        (void)snprintf(wanted, sizeof(wanted), "%s:%d: damaged", path, PEERS_MAX + 2);
        assert_non_null(strstr(f.text, wanted));
        assert_int_equal(count(&f, &peers), PEERS_MAX);
        assert_int_equal(peers[0].received, PEERS_MAX - 1);
        free(peers);

        /* one who has sent more than somebody replaces who has sent least */
        note(&f, 0, 0xc0000207, 10, 1000);
        assert_int_equal(count(&f, &peers), PEERS_MAX);
        assert_int_equal(peers[PEERS_MAX - 1].received, 1);
        free(peers);
        end(&f);
}

static void test_clock_set_back(void **state _unused_) {
        static const char text[] = HEAD
                "192.0.2.7 1 1 0 0 18446744073709551614 18446744073709551615\n";
        Peer *peers;
        Fixture f;

        write_file(text, sizeof(text) - 1);
        begin(&f, directory);
        assert_string_equal(f.text, "");
        assert_int_equal(count(&f, &peers), 1);
        assert_true(peers[0].last_seen_usec < UINT64_MAX - 1);
        assert_int_equal(peers[0].first_seen_usec, peers[0].last_seen_usec);
        free(peers);
        end(&f);
}

/* Something else has its name: one line at the start, one at the end, and no harm. */
static void test_not_a_file(void **state _unused_) {
        Peer *peers;
        Fixture f;

        assert_int_equal(mkdir(path, 0700), 0);
        begin(&f, directory);
        assert_non_null(strstr(f.text, "cannot read the table of peers from"));
        assert_non_null(strstr(f.text, ": Is a directory\n"));
        note(&f, 0, 1, 1, 1000);
        assert_int_equal(count(&f, &peers), 1);
        free(peers);
        end(&f);
        assert_non_null(strstr(f.text, "cannot save the table of peers to"));
        assert_int_equal(rmdir(path), 0);

        assert_int_equal(mkfifo(path, 0600), 0);
        begin(&f, directory); /* does not wait for a writer */
        assert_non_null(strstr(f.text, ":1: damaged"));
        note(&f, 0, 1, 1, 1000);
        end(&f);
        assert_string_equal(f.text, "");

        begin(&f, "/nonexistent");
        assert_string_equal(f.text, "");
        note(&f, 0, 1, 1, 1000);
        end(&f);
        assert_non_null(strstr(f.text, ": No such file or directory\n"));
}

static atomic_int held_fd = -1;

/* In place of that of the C library: while it is held, it waits for a byte, as it would for a disk. */
int rename(const char *from, const char *to) {
        int fd = atomic_load(&held_fd);
        char byte;

        while (fd >= 0 && read(fd, &byte, 1) < 0 && errno == EINTR)
                ;
        return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* Nobody waits for a thread that waits for a disk. */
static void test_stuck(void **state _unused_) {
        char text[STDERR_TEXT_MAX];
        int before, ends[2];
        Fixture f;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        atomic_store(&held_fd, ends[0]);
        begin(&f, directory);
        note(&f, 0, 1, 1, 1000);
        before = stderr_catch();
        peer_store_stop(f.store);
        assert_false(peer_store_wait(f.store, 0));
        assert_non_null(strstr(stderr_release(before, text), "in time, giving up"));

        atomic_store(&held_fd, -1);
        assert_int_equal(write(ends[1], "x", 1), 1);
        assert_true(peer_store_wait(f.store, UINT64_MAX));
        end(&f);
        assert_int_equal(access(path, F_OK), 0);
        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                assert_int_equal(close(ends[i]), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_kept, begin_test),
                cmocka_unit_test_setup(test_nothing_to_keep, begin_test),
                cmocka_unit_test_setup(test_damaged, begin_test),
                cmocka_unit_test_setup(test_huge, begin_test),
                cmocka_unit_test_setup(test_clock_set_back, begin_test),
                cmocka_unit_test_setup(test_not_a_file, begin_test),
                cmocka_unit_test_setup(test_stuck, begin_test),
        };
        int r;

        log_init();
        if (!mkdtemp(directory))
                return 1;
        (void)snprintf(path, sizeof(path), "%s/peers", directory);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)begin_test(NULL);
        return rmdir(directory) < 0 ? 1 : r;
}
