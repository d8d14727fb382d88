/* SPDX-License-Identifier: MIT */
/* unix(7). */

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/net/credentials.h"
#include "daemon/net/socket_kind.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Receipts that a peer has not read yet; the kernel reserves twice that. */
#define SEND_BUFFER (32 * 1024)

static bool is_abstract(const Endpoint *at) {
        return at->path[0] == '@';
}

/*
 * Whether somebody listens at the path. Also another kind of socket, or one whose queue is full, or that
 * takes datagrams from one peer only, is somebody; -ECONNREFUSED is what a program leaves that has ended.
 */
static int knock(const Endpoint *at) {
        const int type = transport_of(at->protocol)->type;
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_storage sa;
        socklen_t size = endpoint_to_sockaddr(at, &sa);

        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&sa, size) >= 0)
                return -EADDRINUSE;

        switch (errno) {
        case ECONNREFUSED:
                return 0;
        case EPROTOTYPE:
        case EAGAIN:
        case EPERM:
                return -EADDRINUSE;
        default:
                return -errno;
        }
}

/* Removes what an earlier socket has left; never anything that is no socket. */
static int make_way(const Endpoint *at) {
        struct stat st;
        int r;

        if (lstat(at->path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISSOCK(st.st_mode))
                return -ENOTSOCK;

        r = knock(at);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return unlink(at->path) < 0 && errno != ENOENT ? -errno : 0;
}

/* bind(2) makes the file with the mode of the socket, less the umask: never wider than asked for. */
static int bind_file(int fd, const SocketWish *w, const Endpoint *at) {
        int r = make_way(at);

        if (r < 0)
                return r;
        if (fchmod(fd, w->mode) < 0)
                return -errno;

        r = socket_base_bind(fd, at);
        if (r < 0)
                return r;
        if (chmod(at->path, w->mode) < 0) {
                r = -errno;
                (void)unlink(at->path); /* it stays, with a mode that is narrower */
                return r;
        }
        return 0;
}

static int open_unix(const SocketWish *w, Endpoint *at) {
        const int type = transport_of(at->protocol)->type;
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return -errno;

        /* Before it is bound: what was sent earlier tells nobody. Connections inherit it. */
        r = socket_base_set(fd, SOL_SOCKET, SO_PASSCRED,
                            transport_of(at->protocol)->unit != TRANSPORT_BYTES);
        if (r >= 0)
                r = is_abstract(at) ? socket_base_bind(fd, at) : bind_file(fd, w, at);
        if (r >= 0)
                r = socket_base_start(fd, at->protocol);
        return r < 0 ? r : TAKE_FD(fd);
}

/* Of one that a unit has opened, what was sent before this tells nobody. */
static void configure(int fd, const ConfigListener *c) {
        (void)socket_base_set(fd, SOL_SOCKET, SO_PASSCRED,
                              transport_of(c->protocol)->unit != TRANSPORT_BYTES);
        if (transport_has_connections(c->protocol))
                return;

        /* Receipts are sent from it. */
        (void)socket_base_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
}

static void set_up(int fd) {
        (void)socket_base_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
}

static int peer(int fd, Address *ret) {
        struct ucred c;
        socklen_t size = sizeof(c);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) < 0)
                return -errno;

        *ret = credentials_address(&c);
        return 0;
}

static const char *hint(int error) {
        switch (-error) {
        case EADDRINUSE:
                return "; another program listens on it";
        case ENOTSOCK:
                return "; what is there is no socket, and sockd does not remove it";
        case EACCES:
        case EROFS:
                return "; sockd may make sockets in /run/sockd, see \"path\" in sockd.conf(5)";
        case ENOENT:
                return "; its directory does not exist";
        default:
                return "";
        }
}

/* The number of the file: another socket may have been bound to the same path since. */
static void mark(const ConfigStrings *groups _unused_, const Endpoint *at,
                 char ret[static SOCKET_MARK_MAX]) {
        struct stat st = { .st_ino = 0 };

        if (!is_abstract(at) && lstat(at->path, &st) < 0)
                st.st_ino = 0; /* no socket has that */
        (void)snprintf(ret, SOCKET_MARK_MAX, "#%" PRIx64, (uint64_t)st.st_ino);
}

/* Also those are told who are connected to it, or held back by its queue. */
static void end_input(int fd, const Endpoint *at _unused_) {
        (void)shutdown(fd, SHUT_RD); /* it cannot fail; what is queued can still be read */
}

const SocketKind socket_unix = {
        .open = open_unix,
        .configure = configure,
        .set_up = set_up,
        .peer = peer,
        .hint = hint,
        .mark = mark,
        .end_input = end_input,
};
