/* SPDX-License-Identifier: MIT */
/* Diagnostics. Their destination and level are the only global state of the program. */

#include "daemon/base/log.h"

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

typedef struct Head {
        int priority;
        Event event;
        const char *subject;
        unsigned n_suppressed; /* similar lines since the last one */
} Head;

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

void log_change_level(int priority) {
        atomic_store_explicit(&level, priority, memory_order_relaxed);
}

void log_set_level(int priority) {
        if (!atomic_load(&level_is_forced))
                log_change_level(priority);
}

void log_force_level(int priority) {
        log_set_level(priority);
        atomic_store(&level_is_forced, true);
}

int log_level(void) {
        return atomic_load_explicit(&level, memory_order_relaxed);
}

/* A line NAME=VALUE; empty if there is no value or it contains a newline. */
static struct iovec field(char *buffer, size_t size, const char *name, const char *value) {
        int n;

        if (!name || !value || strchr(value, '\n'))
                return (struct iovec){ buffer, 0 };

        n = snprintf(buffer, size, "%s=%s\n", name, value);
        return (struct iovec){ buffer, n < 0 || (size_t)n >= size ? 0 : (size_t)n };
}

/* The native protocol; the message is sent in the form for values that may contain any byte. */
static bool send_to_journal(const Head *h, const char *line, size_t size) {
        static const struct sockaddr_un journald = { .sun_family = AF_UNIX,
                                                     .sun_path = "/run/systemd/journal/socket" };
        char head[80], id[64], subject[LINE_MAX_SIZE];
        uint64_t size_le = htole64(size);
        struct iovec iov[6];
        struct msghdr mh = {
                .msg_name = (void *)&journald,
                .msg_namelen = sizeof(journald),
                .msg_iov = iov,
                .msg_iovlen = ELEMENTSOF(iov),
        };

        (void)snprintf(head, sizeof(head), "PRIORITY=%d\nSYSLOG_IDENTIFIER=sockd\nMESSAGE\n",
                       h->priority);
        iov[0] = field(id, sizeof(id), "MESSAGE_ID", log_catalog_id(h->event));
        iov[1] = field(subject, sizeof(subject), log_catalog_field(h->event), h->subject);
        iov[2] = (struct iovec){ head, strlen(head) };
        iov[3] = (struct iovec){ &size_le, sizeof(size_le) };
        iov[4] = (struct iovec){ (char *)line, size };
        iov[5] = (struct iovec){ (char *)"\n", 1 };
        return sendmsg(journal_fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* How much of a text of N bytes, as snprintf(3) returned it, is in SIZE bytes. */
static size_t clip(int n, size_t size) {
        return n < 0 ? 0 : MIN((size_t)n, size - 1);
}

_printf_(3, 0) static void write_line(const Head *h, int error, const char *format, va_list ap) {
        char line[LINE_MAX_SIZE];
        const size_t max = sizeof(line) - 1; /* a newline follows */
        size_t size = clip(vsnprintf(line, max, format, ap), max);
        const char *text = strerrordesc_np(-error);

        if (error < 0)
                size += clip(
                        snprintf(line + size, max - size, ": %s", text ? text : "Unknown error"),
                        max - size);
        if (h->n_suppressed > 0)
                size += clip(snprintf(line + size, max - size, " (%u similar messages suppressed)",
                                      h->n_suppressed),
                             max - size);
        if (journal_fd >= 0 && send_to_journal(h, line, size))
                return;

        line[size++] = '\n';
        if (journal_fd < 0 && write(STDERR_FILENO, line, size) < 0)
                return; /* there is nowhere to report this */
}

int log_event(Event event, const char *subject, int priority, int error, const char *format, ...) {
        const Head h = { .priority = priority, .event = event, .subject = subject };
        va_list ap;

        if (priority > log_level())
                return error;

        va_start(ap, format);
        write_line(&h, error, format, ap);
        va_end(ap);
        return error;
}

void log_lines(Event event, int priority, const char *text) {
        while (*text) {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        (void)log_event(event, NULL, priority, 0, "%.*s", (int)n, text);
                text += n + (text[n] == '\n');
        }
}

static bool rate_allows(LogRate *r, uint64_t now_usec, unsigned *ret_suppressed) {
        uint64_t next = atomic_load_explicit(&r->next_usec, memory_order_relaxed);

        if (now_usec < next ||
            !atomic_compare_exchange_strong(&r->next_usec, &next, now_usec + RATE_INTERVAL_USEC)) {
                atomic_fetch_add_explicit(&r->n_suppressed, 1, memory_order_relaxed);
                return false;
        }

        *ret_suppressed = atomic_exchange_explicit(&r->n_suppressed, 0, memory_order_relaxed);
        return true;
}

void log_event_limited(LogRate *r, uint64_t now_usec, Event event, const char *subject, int error,
                       const char *format, ...) {
        Head h = { .priority = LOG_WARNING, .event = event, .subject = subject };
        va_list ap;

        if (LOG_WARNING > log_level() || !rate_allows(r, now_usec, &h.n_suppressed))
                return;

        va_start(ap, format);
        write_line(&h, error, format, ap);
        va_end(ap);
}
