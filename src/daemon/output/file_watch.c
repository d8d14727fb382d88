/* SPDX-License-Identifier: MIT */
/* What happened, and to which file, is not of interest: the owner looks. */

#include "daemon/output/file_watch.h"

#include "core/macro.h"
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

/* IN_ATTRIB: one name less. IN_DELETE_SELF comes only when the file is closed, too. */
#define WATCHED (IN_MOVE_SELF | IN_ATTRIB | IN_DONT_FOLLOW)
/* Many events: they have no names. */
#define READ_SIZE 4096

void file_watch_init(FileWatch *w) {
        w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (w->fd < 0)
                w->fd = -EBADF; /* the user has too many: files are looked at each second */
}

void file_watch_done(FileWatch *w) {
        closep(&w->fd);
        w->fd = -EBADF;
}

int file_watch_add(FileWatch *w, const char *path) {
        int number = w->fd < 0 ? -EBADF : inotify_add_watch(w->fd, path, WATCHED);

        return w->fd >= 0 && number < 0 ? -errno : number;
}

void file_watch_remove(FileWatch *w, int number) {
        if (number >= 0)
                (void)inotify_rm_watch(w->fd, number); /* fails if the file no longer exists */
}

void file_watch_take(FileWatch *w) {
        char events[READ_SIZE];

        while (w->fd >= 0 && read(w->fd, events, sizeof(events)) > 0)
                ;
}
