/* SPDX-License-Identifier: MIT */
/* $NOTIFY_SOCKET: a path, or the name of an abstract socket after an "@". */

#include "daemon/systemd/notify.h"

#include "core/macro.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef union Control {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
} Control;

bool notify_is_wanted(void) {
        return getenv("NOTIFY_SOCKET");
}

static int make_address(const char *path, struct sockaddr_un *ret, socklen_t *ret_size) {
        size_t size = strlen(path);

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if ((*path != '/' && *path != '@') || size < 2 || size >= sizeof(ret->sun_path))
                return -EINVAL;

        memcpy(ret->sun_path, path, size);
        if (*path == '@')
                ret->sun_path[0] = '\0';
        *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (*path == '/'));
        return 0;
}

static void attach(struct msghdr *mh, Control *control, int fd) {
        struct cmsghdr *c;

        memset(control, 0, sizeof(*control));
        mh->msg_control = control;
        mh->msg_controllen = sizeof(control->bytes);
        c = CMSG_FIRSTHDR(mh);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

int notify_send(const char *text, int fd) {
        const char *path = getenv("NOTIFY_SOCKET");
        struct iovec iov = { (char *)text, strlen(text) };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
        struct sockaddr_un sa;
        Control control;
        _cleanup_close_ int s = -EBADF;
        int r;

        if (!path)
                return 0;

        r = make_address(path, &sa, &mh.msg_namelen);
        if (r < 0)
                return r;

        s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (s < 0)
                return -errno;

        mh.msg_name = &sa;
        if (fd >= 0)
                attach(&mh, &control, fd);
        return sendmsg(s, &mh, MSG_NOSIGNAL) < 0 ? -errno : 1;
}
