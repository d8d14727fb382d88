/* SPDX-License-Identifier: MIT */
/* inotify(7). It says nothing about changes that other machines make on a network's file system. */

#include "ctl/log_watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

#define WAIT_MAX_MSEC 1000

struct LogWatch {
        int fd; /* or -EBADF */
};

static void add(const LogWatch *w, const char *path) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;

        if (slash)
                directory = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
        else
                directory = strdup(".");
        if (directory) /* what cannot be watched is looked at again and again */
                (void)inotify_add_watch(w->fd, directory,
                                        IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM);
}

LogWatch *log_watch_new(char *const paths[], size_t n) {
        LogWatch *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;

        w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        for (size_t i = 0; i < n && w->fd >= 0; i++)
                add(w, paths[i]);
        return w;
}

LogWatch *log_watch_free(LogWatch *w) {
        if (!w)
                return NULL;

        closep(&w->fd);
        free(w);
        return NULL;
}

int log_watch_wait(LogWatch *w, int fd) {
        struct pollfd fds[] = { { .fd = fd }, { .fd = w->fd, .events = POLLIN } };
        char events[4096];

        if (poll(fds, ELEMENTSOF(fds), WAIT_MAX_MSEC) < 0)
                return errno == EINTR ? 1 : -errno;
        if (fds[0].revents & (POLLERR | POLLNVAL))
                return 0;
        if (fds[1].revents)
                while (read(w->fd, events, sizeof(events)) > 0)
                        ; /* which of them it was does not matter */
        return 1;
}
