/* SPDX-License-Identifier: MIT */
/* inotify(7). It says nothing about changes that other machines make on a network's file system. */

#include "ctl/log_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>

#define WAIT_MAX_MSEC 1000
#define NAMES (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM)

struct LogWatch {
        int fd; /* or -EBADF */
};

LogWatch *log_watch_new(void) {
        LogWatch *w = calloc(1, sizeof(*w));

        if (w)
                w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        return w;
}

void log_watch_add(LogWatch *w, const char *path) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;

        if (slash)
                directory = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
        else
                directory = strdup(".");
        if (directory && w->fd >= 0) /* what cannot be watched is looked at again and again */
                (void)inotify_add_watch(w->fd, directory, IN_MODIFY | NAMES);
}

LogWatch *log_watch_free(LogWatch *w) {
        if (!w)
                return NULL;

        closep(&w->fd);
        free(w);
        return NULL;
}

/* Whether all events that are there say only that a file was written to. */
static bool has_only_writes(const LogWatch *w) {
        _Alignas(struct inotify_event) char events[4096];
        bool only = true;
        ssize_t n;

        while ((n = read(w->fd, events, sizeof(events))) > 0)
                for (ssize_t i = 0; i < n;) {
                        const struct inotify_event *e = (struct inotify_event *)&events[i];

                        only = only && e->mask == IN_MODIFY;
                        i += (ssize_t)(sizeof(*e) + e->len);
                }
        return only;
}

int log_watch_wait(LogWatch *w, int fd) {
        struct pollfd fds[] = { { .fd = fd }, { .fd = w->fd, .events = POLLIN } };

        if (poll(fds, ELEMENTSOF(fds), WAIT_MAX_MSEC) < 0)
                return errno == EINTR ? LOG_WATCH_NAMES : -errno;
        if (fds[0].revents & (POLLERR | POLLNVAL))
                return LOG_WATCH_CLOSED;
        return fds[1].revents && has_only_writes(w) ? LOG_WATCH_GROWN : LOG_WATCH_NAMES;
}
