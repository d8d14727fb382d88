/* SPDX-License-Identifier: MIT */
/* A service manager that keeps what it is told: a socket in a directory of its own. */
#pragma once

#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_TEXT_MAX 256

typedef struct NotifySocket {
        char directory[32], path[64];
        int fd;
} NotifySocket;

/* NAME: the path below the directory; its directories are made. $NOTIFY_SOCKET leads there. */
static inline void notify_socket_open(NotifySocket *s, const char *name) {
        struct sockaddr_un sa = { .sun_family = AF_UNIX };

        (void)strcpy(s->directory, "/tmp/test-notify-XXXXXX");
        assert_non_null(mkdtemp(s->directory));
        (void)snprintf(s->path, sizeof(s->path), "%s/%s", s->directory, name);
        for (char *slash = s->path + strlen(s->directory) + 1; (slash = strchr(slash, '/'));
             slash++) {
                *slash = '\0';
                assert_int_equal(mkdir(s->path, 0700), 0);
                *slash = '/';
        }
        (void)strcpy(sa.sun_path, s->path);
        s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(s->fd >= 0);
        assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", s->path, 1), 0);
}

static inline void notify_socket_close(NotifySocket *s) {
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        assert_int_equal(close(s->fd), 0);
        assert_int_equal(unlink(s->path), 0);
        for (char *slash; (slash = strrchr(s->path, '/')) > s->path + strlen("/tmp");) {
                *slash = '\0';
                assert_int_equal(rmdir(s->path), 0);
        }
}

/* The next message, "" when there is none, and the descriptor with it, -1 when there is none. */
static inline int notify_socket_receive(NotifySocket *s, char text[static NOTIFY_TEXT_MAX]) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec iov = { text, NOTIFY_TEXT_MAX - 1 };
        struct msghdr mh = { .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control) };
        ssize_t n = recvmsg(s->fd, &mh, MSG_CMSG_CLOEXEC);
        struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&mh) : NULL;
        int fd = -1;

        text[n < 0 ? 0 : n] = '\0';
        if (c) {
                assert_int_equal(c->cmsg_type, SCM_RIGHTS);
                memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        }
        return fd;
}
