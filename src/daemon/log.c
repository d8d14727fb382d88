/* SPDX-License-Identifier: MIT */
/* Diagnostics. The only state of the program that is global: where they go and how many of them. */

#include "daemon/log.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#define LINE_MAX_SIZE 2048
#define RATE_INTERVAL_USEC (10 * USEC_PER_SEC)

static atomic_int level = LOG_INFO;
static atomic_bool level_is_forced;
static int journal_fd = -EBADF;

/* $JOURNAL_STREAM names the device and inode of the stream that systemd connected. */
static bool stderr_is_journal(void) {
        const char *text = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;
        char rest;

        return text && sscanf(text, "%llu:%llu%c", &device, &inode, &rest) == 2 &&
               fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(void) {
        if (stderr_is_journal())
                journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void log_set_level(int priority) {
        if (!atomic_load(&level_is_forced))
                atomic_store_explicit(&level, priority, memory_order_relaxed);
}

void log_force_level(int priority) {
        log_set_level(priority);
        atomic_store(&level_is_forced, true);
}

int log_level(void) {
        return atomic_load_explicit(&level, memory_order_relaxed);
}

/* The native protocol's form for values that may hold any byte. */
static bool send_to_journal(int priority, const char *line, size_t size) {
        static const struct sockaddr_un journald = { .sun_family = AF_UNIX,
                                                     .sun_path = "/run/systemd/journal/socket" };
        char head[80];
        uint64_t size_le = htole64(size);
        struct iovec iov[4];
        struct msghdr mh = {
                .msg_name = (void *)&journald,
                .msg_namelen = sizeof(journald),
                .msg_iov = iov,
                .msg_iovlen = ELEMENTSOF(iov),
        };

        (void)snprintf(head, sizeof(head), "PRIORITY=%d\nSYSLOG_IDENTIFIER=sockd\nMESSAGE\n",
                       priority);
        iov[0] = (struct iovec){ head, strlen(head) };
        iov[1] = (struct iovec){ &size_le, sizeof(size_le) };
        iov[2] = (struct iovec){ (char *)line, size };
        iov[3] = (struct iovec){ (char *)"\n", 1 };
        return sendmsg(journal_fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

int log_full(int priority, int error, const char *format, ...) {
        char line[LINE_MAX_SIZE];
        size_t size;
        va_list ap;
        int n;

        if (priority > log_level())
                return error;

        va_start(ap, format);
        n = vsnprintf(line, sizeof(line) - 1, format, ap);
        va_end(ap);
        size = n < 0 ? 0 : MIN((size_t)n, sizeof(line) - 2);
        if (error < 0) {
                const char *text = strerrordesc_np(-error);

                n = snprintf(line + size, sizeof(line) - 1 - size, ": %s",
                             text ? text : "Unknown error");
                size = n < 0 ? size : MIN(size + (size_t)n, sizeof(line) - 2);
        }

        if (journal_fd >= 0 && send_to_journal(priority, line, size))
                return error;

        line[size++] = '\n';
        /* Nobody is left to tell when standard error fails. */
        if (journal_fd < 0 && write(STDERR_FILENO, line, size) < 0)
                return error;
        return error;
}

bool log_rate_allows(LogRate *r, uint64_t now_usec, unsigned *ret_suppressed) {
        uint64_t next = atomic_load_explicit(&r->next_usec, memory_order_relaxed);

        if (now_usec < next ||
            !atomic_compare_exchange_strong(&r->next_usec, &next, now_usec + RATE_INTERVAL_USEC)) {
                atomic_fetch_add_explicit(&r->n_suppressed, 1, memory_order_relaxed);
                return false;
        }

        *ret_suppressed = atomic_exchange_explicit(&r->n_suppressed, 0, memory_order_relaxed);
        return true;
}
