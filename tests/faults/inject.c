/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the daemon under test, makes its calls fail as a rule in shared memory says: with an
 * error, late, or only in part. injector.py writes the rules, at any time, and reads the counters.
 * Which of the calls are hit depends on nothing but the seed and their number.
 *
 * SOCKD_FAULTS names the file that is the shared memory, SOCKD_FAULTS_DIRECTORY the directory whose files the
 * rules for file calls are about.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FDS_MAX 65536
#define DAMAGED_MAX 256
#define SURE 1000000

/* In the order of injector.py. */
typedef enum Call {
        CALL_WRITE,
        CALL_FDATASYNC,
        CALL_FSYNC,
        CALL_OPEN,
        CALL_FTRUNCATE,
        CALL_FALLOCATE,
        CALL_RENAME,
        CALL_UNLINK,
        CALL_FSTAT,
        CALL_LSTAT,
        CALL_PREAD,
        CALL_FLOCK,
        CALL_FCHMOD,
        CALL_RECV,
        CALL_RECVMMSG,
        CALL_SEND,
        CALL_SENDMSG,
        CALL_SENDMMSG,
        CALL_ACCEPT,
        CALL_EPOLL_WAIT,
        CALL_EPOLL_CTL,
        CALL_SOCKET,
        CALL_CONNECT,
        CALL_MEMFD,
        CALL_POLL,
        CALL_ALLOCATE,
        CALL_MAX_,
} Call;

#define ERRORS_MAX 4

typedef struct Rule {
        uint32_t chance;            /* in SURE, of each call between first and last */
        int32_t errors[ERRORS_MAX]; /* one of these; 0 ends the list; none: the call is made */
        uint32_t partial;     /* made for less than was asked for; a flush loses what it was for */
        uint64_t delay_usec;  /* before the call */
        uint64_t first, last; /* numbers of calls since the rule was written, from 1 */
        _Atomic uint64_t n_calls, n_hits;
} Rule;

typedef struct Control {
        uint64_t seed;
        _Atomic int64_t clock_usec;        /* what CLOCK_REALTIME is wrong by */
        _Atomic uint64_t n_second_flushes; /* of a file whose flush had failed */
        Rule rules[CALL_MAX_];
} Control;

static Control *control;
static const char *directory;
static atomic_bool ours[FDS_MAX]; /* descriptors of files in the directory, and of itself */
static _Atomic uint64_t damaged[DAMAGED_MAX]; /* inodes whose flush failed */
static _Atomic int64_t flushed[FDS_MAX];      /* sizes as of the last flush */
static atomic_uint n_damaged;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

__attribute__((constructor)) static void start(void) {
        const char *path = getenv("SOCKD_FAULTS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *map;

        if (fd < 0)
                return;

        map = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        directory = getenv("SOCKD_FAULTS_DIRECTORY");
        if (map != MAP_FAILED)
                control = map;
}

/* splitmix64, of the call and its number. */
static uint64_t dice(Call call, uint64_t number) {
        uint64_t z = control->seed + ((uint64_t)call << 56) + number * 0x9e3779b97f4a7c15U;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
}

typedef enum Fate {
        FATE_CALL,
        FATE_PARTIAL,
        FATE_FAIL, /* errno is set */
} Fate;

static Fate decide(Call call) {
        Rule *r = control ? &control->rules[call] : NULL;
        uint64_t number, rolled;
        size_t n = 0;

        if (!r || r->chance == 0)
                return FATE_CALL;

        number = atomic_fetch_add(&r->n_calls, 1) + 1;
        rolled = dice(call, number);
        if (number < r->first || number > r->last || rolled % SURE >= r->chance)
                return FATE_CALL;

        atomic_fetch_add(&r->n_hits, 1);
        if (r->delay_usec > 0) {
                struct timespec ts = { .tv_sec = (time_t)(r->delay_usec / 1000000),
                                       .tv_nsec = (long)(r->delay_usec % 1000000) * 1000 };

                (void)nanosleep(&ts, NULL);
        }
        while (n < ERRORS_MAX && r->errors[n] != 0)
                n++;
        if (r->partial && call != CALL_FDATASYNC && (n == 0 || number % 2 == 1))
                return FATE_PARTIAL;
        if (n == 0)
                return FATE_CALL;
        errno = r->errors[(rolled >> 32) % n];
        return FATE_FAIL;
}

static bool is_ours(int fd) {
        return control && fd >= 0 && fd < FDS_MAX &&
               atomic_load_explicit(&ours[fd], memory_order_relaxed);
}

static Fate decide_for(Call call, int fd) {
        return is_ours(fd) ? decide(call) : FATE_CALL;
}

static uint64_t inode_of(int fd) {
        struct stat st;

        return fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 ? st.st_ino ^ st.st_dev << 40 : 0;
}

/* A failed flush is final: whoever flushes that inode once more may be told a lie. */
static void note_second_flush(int fd) {
        unsigned n = atomic_load(&n_damaged);
        uint64_t inode = n > 0 ? inode_of(fd) : 0;

        for (unsigned i = 0; inode != 0 && i < n && i < DAMAGED_MAX; i++)
                if (atomic_load(&damaged[i]) == inode)
                        atomic_fetch_add(&control->n_second_flushes, 1);
}

static void note_damage(int fd) {
        unsigned n = atomic_fetch_add(&n_damaged, 1);

        if (n < DAMAGED_MAX)
                atomic_store(&damaged[n], inode_of(fd));
}

/* A new file may get the inode of one that is gone. */
static void note_open(int fd, int flags) {
        uint64_t inode = flags & O_CREAT ? inode_of(fd) : 0;

        for (unsigned i = 0; inode != 0 && i < DAMAGED_MAX; i++)
                if (atomic_load(&damaged[i]) == inode)
                        atomic_store(&damaged[i], 0);
}

/* The function that would have been called, found once. */
#define NEXT(name)                                                                                 \
        static __typeof__(name) *next;                                                             \
        if (!next)                                                                                 \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* --- files --- */

EXPORT ssize_t write(int fd, const void *data, size_t size) {
        NEXT(write);
        Fate fate = decide_for(CALL_WRITE, fd);

        if (fate == FATE_FAIL)
                return -1;
        return next(fd, data, fate == FATE_PARTIAL && size > 1 ? size / 2 : size);
}

static off_t size_of(int fd) {
        struct stat st;

        return fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 ? st.st_size : 0;
}

/* As a kernel may, which throws away the pages that it could not write. */
static int fail_flush(int fd) {
        int error = errno;

        note_damage(fd);
        if (control->rules[CALL_FDATASYNC].partial)
                (void)syscall(SYS_ftruncate, fd, atomic_load(&flushed[fd]));
        errno = error;
        return -1;
}

static int flush(int fd, __typeof__(fdatasync) *next) {
        off_t size;
        int r;

        if (!is_ours(fd))
                return next(fd);

        note_second_flush(fd);
        if (decide(CALL_FDATASYNC) == FATE_FAIL)
                return errno == EINTR ? -1 : fail_flush(fd);

        size = size_of(fd);
        r = next(fd);
        if (r == 0)
                atomic_store(&flushed[fd], size);
        else
                note_damage(fd);
        return r;
}

EXPORT int fdatasync(int fd) {
        NEXT(fdatasync);
        return flush(fd, next);
}

/* Of a directory; other programs also flush files with it. */
EXPORT int fsync(int fd) {
        NEXT(fsync);
        struct stat st;

        if (is_ours(fd) && fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && S_ISREG(st.st_mode))
                return flush(fd, next);
        return decide_for(CALL_FSYNC, fd) == FATE_FAIL ? -1 : next(fd);
}

static bool is_inside(int at, const char *path) {
        if (*path != '/')
                return is_ours(at);
        return directory && strncmp(path, directory, strlen(directory)) == 0;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
        NEXT(openat);
        bool inside = is_inside(at, path);
        int fd;

        if (inside && decide(CALL_OPEN) == FATE_FAIL)
                return -1;
        fd = next(at, path, flags, mode);
        if (fd >= 0 && fd < FDS_MAX) {
                atomic_store(&ours[fd], inside);
                atomic_store(&flushed[fd], inside ? size_of(fd) : 0);
                if (inside)
                        note_open(fd, flags);
        }
        return fd;
}

EXPORT int open(const char *path, int flags, ...) {
        mode_t mode;
        va_list ap;

        va_start(ap, flags);
        mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
        va_end(ap);
        return open_at(AT_FDCWD, path, flags, mode);
}

/* For programs built with other sizes of off_t. */
EXPORT int open64(const char *path, int flags, ...) __attribute__((alias("open")));

EXPORT int openat(int at, const char *path, int flags, ...) {
        mode_t mode;
        va_list ap;

        va_start(ap, flags);
        mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
        va_end(ap);
        return open_at(at, path, flags, mode);
}

EXPORT int close(int fd) {
        NEXT(close);
        if (fd >= 0 && fd < FDS_MAX)
                atomic_store(&ours[fd], false);
        return next(fd);
}

EXPORT int ftruncate(int fd, off_t size) {
        NEXT(ftruncate);
        return decide_for(CALL_FTRUNCATE, fd) == FATE_FAIL ? -1 : next(fd, size);
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t size) {
        NEXT(fallocate);
        return decide_for(CALL_FALLOCATE, fd) == FATE_FAIL ? -1 : next(fd, mode, offset, size);
}

EXPORT int rename(const char *from, const char *to) {
        NEXT(rename);
        return decide(CALL_RENAME) == FATE_FAIL ? -1 : next(from, to);
}

EXPORT int unlink(const char *path) {
        NEXT(unlink);
        return decide(CALL_UNLINK) == FATE_FAIL ? -1 : next(path);
}

EXPORT int fstat(int fd, struct stat *st) {
        NEXT(fstat);
        return decide_for(CALL_FSTAT, fd) == FATE_FAIL ? -1 : next(fd, st);
}

EXPORT int lstat(const char *path, struct stat *st) {
        NEXT(lstat);
        return decide(CALL_LSTAT) == FATE_FAIL ? -1 : next(path, st);
}

EXPORT ssize_t pread(int fd, void *data, size_t size, off_t offset) {
        NEXT(pread);
        return decide_for(CALL_PREAD, fd) == FATE_FAIL ? -1 : next(fd, data, size, offset);
}

EXPORT int flock(int fd, int operation) {
        NEXT(flock);
        return decide_for(CALL_FLOCK, fd) == FATE_FAIL ? -1 : next(fd, operation);
}

EXPORT int fchmod(int fd, mode_t mode) {
        NEXT(fchmod);
        return decide_for(CALL_FCHMOD, fd) == FATE_FAIL ? -1 : next(fd, mode);
}

/* --- sockets --- */

EXPORT ssize_t recv(int fd, void *data, size_t size, int flags) {
        NEXT(recv);
        Fate fate = decide(CALL_RECV);

        if (fate == FATE_FAIL)
                return -1;
        return next(fd, data, fate == FATE_PARTIAL && size > 1 ? 1 + size / 1000 : size, flags);
}

EXPORT int recvmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags,
                    struct timespec *timeout) {
        NEXT(recvmmsg);
        Fate fate = decide(CALL_RECVMMSG);

        if (fate == FATE_FAIL)
                return -1;
        return next(fd, headers, fate == FATE_PARTIAL ? 1U : n, flags, timeout);
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags) {
        NEXT(send);
        Fate fate = decide(CALL_SEND);

        if (fate == FATE_FAIL)
                return -1;
        return next(fd, data, fate == FATE_PARTIAL && size > 1 ? size / 2 : size, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *header, int flags) {
        NEXT(sendmsg);
        return decide(CALL_SENDMSG) == FATE_FAIL ? -1 : next(fd, header, flags);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags) {
        NEXT(sendmmsg);
        Fate fate = decide(CALL_SENDMMSG);

        if (fate == FATE_FAIL)
                return -1;
        return next(fd, headers, fate == FATE_PARTIAL ? 1U : n, flags);
}

EXPORT int accept4(int fd, struct sockaddr *sa, socklen_t *size, int flags) {
        NEXT(accept4);
        return decide(CALL_ACCEPT) == FATE_FAIL ? -1 : next(fd, sa, size, flags);
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int n, int timeout) {
        NEXT(epoll_wait);
        return decide(CALL_EPOLL_WAIT) == FATE_FAIL ? -1 : next(fd, events, n, timeout);
}

/* Only adding takes memory. */
EXPORT int epoll_ctl(int fd, int operation, int other, struct epoll_event *event) {
        NEXT(epoll_ctl);
        if (operation == EPOLL_CTL_ADD && decide(CALL_EPOLL_CTL) == FATE_FAIL)
                return -1;
        return next(fd, operation, other, event);
}

EXPORT int socket(int family, int type, int protocol) {
        NEXT(socket);
        return decide(CALL_SOCKET) == FATE_FAIL ? -1 : next(family, type, protocol);
}

EXPORT int connect(int fd, const struct sockaddr *sa, socklen_t size) {
        NEXT(connect);
        return decide(CALL_CONNECT) == FATE_FAIL ? -1 : next(fd, sa, size);
}

EXPORT int memfd_create(const char *name, unsigned flags) {
        NEXT(memfd_create);
        return decide(CALL_MEMFD) == FATE_FAIL ? -1 : next(name, flags);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout) {
        NEXT(poll);
        return decide(CALL_POLL) == FATE_FAIL ? -1 : next(fds, n, timeout);
}

/* --- memory --- */

EXPORT void *malloc(size_t size) {
        return decide(CALL_ALLOCATE) == FATE_FAIL ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size) {
        return decide(CALL_ALLOCATE) == FATE_FAIL ? NULL : __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t size) {
        return decide(CALL_ALLOCATE) == FATE_FAIL ? NULL : __libc_realloc(p, size);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size) {
        if (__builtin_mul_overflow(n, size, &size)) {
                errno = ENOMEM;
                return NULL;
        }
        return realloc(p, size);
}

/* --- time --- */

EXPORT int clock_gettime(clockid_t clock, struct timespec *ts) {
        NEXT(clock_gettime);
        int r = next(clock, ts);
        int64_t wrong = control ? atomic_load_explicit(&control->clock_usec, memory_order_relaxed)
                                : 0;

        if (r == 0 && wrong != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                ts->tv_sec += (time_t)(wrong / 1000000);
        return r;
}
