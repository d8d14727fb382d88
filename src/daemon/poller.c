/* SPDX-License-Identifier: MIT */
/* epoll_ctl(2) with this program's error convention. */

#include "daemon/poller.h"

#include <errno.h>
#include <stddef.h>

static int control(int epoll_fd, int operation, int fd, uint32_t events, Source *s) {
        struct epoll_event event = { .events = events, .data.ptr = s };

        return epoll_ctl(epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

int poller_add(int epoll_fd, int fd, uint32_t events, Source *s) {
        return control(epoll_fd, EPOLL_CTL_ADD, fd, events, s);
}

int poller_change(int epoll_fd, int fd, uint32_t events, Source *s) {
        return control(epoll_fd, EPOLL_CTL_MOD, fd, events, s);
}

void poller_remove(int epoll_fd, int fd) {
        (void)control(epoll_fd, EPOLL_CTL_DEL, fd, 0,
                      NULL); /* ENOENT: was not there, which is what we want */
}
