/* SPDX-License-Identifier: MIT */
/* Diagnostics. Their destination and level are the only global state of the program. */

#include "daemon/base/log.h"

#include "core/clock.h"
#include "daemon/base/log_recent.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

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

        /* A number too large names no file. NOLINTNEXTLINE(cert-err34-c) */
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

        if (!name || !*value || strchr(value, '\n'))
                return (struct iovec){ buffer, 0 };

        n = snprintf(buffer, size, "%s=%s\n", name, value);
        return (struct iovec){ buffer, n < 0 || (size_t)n >= size ? 0 : (size_t)n };
}

/* LogSend, by the native protocol; the message is sent in the form for values of any bytes. */
static bool send_to_journal(const LogLine *l, uint64_t delay_usec) {
        static const struct sockaddr_un journald = { .sun_family = AF_UNIX,
                                                     .sun_path = "/run/systemd/journal/socket" };
        const char *id = log_catalog_id(l->event);
        char head[80], id_field[64], subject[LOG_SUBJECT_MAX + 32], late[64] = "";
        struct iovec iov[7];
        struct msghdr mh = {
                .msg_name = (void *)&journald,
                .msg_namelen = sizeof(journald),
                .msg_iov = iov,
                .msg_iovlen = ELEMENTSOF(iov),
        };
        uint64_t size_le;

        if (delay_usec > 0)
                (void)snprintf(late, sizeof(late), " (%u s ago, the journal was busy)",
                               (unsigned)(delay_usec / USEC_PER_SEC));
        size_le = htole64(l->size + strlen(late));
        (void)snprintf(head, sizeof(head), "PRIORITY=%d\nSYSLOG_IDENTIFIER=sockd\nMESSAGE\n",
                       l->priority);
        iov[0] = field(id_field, sizeof(id_field), "MESSAGE_ID", id ? id : "");
        iov[1] = field(subject, sizeof(subject), log_catalog_field(l->event), l->subject);
        iov[2] = (struct iovec){ head, strlen(head) };
        iov[3] = (struct iovec){ &size_le, sizeof(size_le) };
        iov[4] = (struct iovec){ (char *)l->text, l->size };
        iov[5] = (struct iovec){ late, strlen(late) };
        iov[6] = (struct iovec){ (char *)"\n", 1 };
        return sendmsg(journal_fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/*
 * LogSend. Does not wait for the reader of a pipe: one with any room has it for a line, of which only
 * one is written at a time.
 */
static bool write_to_stderr(const LogLine *l, uint64_t delay_usec _unused_) {
        static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        const struct iovec iov[] = { { (char *)l->text, l->size }, { (char *)"\n", 1 } };
        struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
        bool has_room;

        (void)pthread_mutex_lock(&mutex);
        has_room = poll(&p, 1, 0) != 0;
        /* There is nowhere to report a failure, and it would not be over later. */
        if (has_room)
                (void)!writev(STDERR_FILENO, iov, ELEMENTSOF(iov));
        (void)pthread_mutex_unlock(&mutex);
        return has_room;
}

static LogSend *destination(void) {
        return journal_fd >= 0 ? send_to_journal : write_to_stderr;
}

/* How much of a text of N bytes, as snprintf(3) returned it, is in SIZE bytes. */
static size_t clip(int n, size_t size) {
        return n < 0 ? 0 : MIN((size_t)n, size - 1);
}

_printf_(3, 0) static void write_line(const Head *h, int error, const char *format, va_list ap) {
        LogLine l; /* only what is used of it is set */
        const size_t max = sizeof(l.text);
        const char *text = strerrordesc_np(-error);

        l.usec = clock_realtime();
        l.priority = h->priority;
        l.event = h->event;
        (void)snprintf(l.subject, sizeof(l.subject), "%s", h->subject ? h->subject : "");
        l.size = clip(vsnprintf(l.text, max, format, ap), max);
        if (error < 0)
                l.size += clip(snprintf(l.text + l.size, max - l.size, ": %s",
                                        text ? text : "Unknown error"),
                               max - l.size);
        if (h->n_suppressed > 0)
                l.size += clip(snprintf(l.text + l.size, max - l.size,
                                        " (%u similar messages suppressed)", h->n_suppressed),
                               max - l.size);
        if (h->priority <= LOG_WARNING)
                log_recent_add(&l, destination());
        else
                (void)destination()(&l, 0); /* an info line may be lost */
}

void log_resend(void) {
        log_recent_retry(clock_realtime(), destination());
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

void log_event_limited(LogRate *r, uint64_t now_usec, Event event, const char *subject,
                       int priority, int error, const char *format, ...) {
        Head h = { .priority = priority, .event = event, .subject = subject };
        va_list ap;

        if (priority > log_level() || !rate_allows(r, now_usec, &h.n_suppressed))
                return;

        va_start(ap, format);
        write_line(&h, error, format, ap);
        va_end(ap);
}
