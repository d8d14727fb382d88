/* SPDX-License-Identifier: MIT */
/* What was relayed is read before more is, so that this process never holds more than it counts. */

#include "daemon/control/control_relay.h"

#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#define READ_SIZE 4096

/* sd-bus reads what is left, then that the peer has closed. */
static void close_input(ControlRelay *r) {
        r->source = sd_event_source_disable_unref(r->source);
        closep(&r->to);
        r->to = -EBADF;
}

static int on_input(sd_event_source *source _unused_, int fd, uint32_t events _unused_,
                    void *userdata) {
        ControlRelay *r = userdata;
        char bytes[READ_SIZE];
        int n_unread;
        ssize_t n;

        if (ioctl(r->to, SIOCOUTQ, &n_unread) == 0 && n_unread > 0)
                return 0;

        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0 || r->n_unfinished + (size_t)n > CONTROL_RELAY_MAX ||
            send(r->to, bytes, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) != n) {
                close_input(r);
                return 0;
        }
        r->n_unfinished += (size_t)n;
        return 0;
}

int control_relay_start(ControlRelay *r, sd_event *event, int input) {
        _cleanup_close_ int from = fcntl(input, F_DUPFD_CLOEXEC, 3), replacement = -EBADF;
        int pair[2], error;

        if (from < 0)
                return -errno;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                return -errno;

        replacement = pair[0];
        r->to = pair[1];
        if (dup3(replacement, input, O_CLOEXEC) < 0) {
                error = -errno;
                close_input(r);
                return error;
        }
        error = sd_event_add_io(event, &r->source, from, EPOLLIN, on_input, r);
        if (error < 0) {
                close_input(r);
                return error;
        }
        (void)sd_event_source_set_io_fd_own(r->source, true); /* cannot fail */
        TAKE_FD(from);
        return 0;
}

void control_relay_note_message(ControlRelay *r) {
        r->n_unfinished = 0;
}

void control_relay_done(ControlRelay *r) {
        close_input(r);
}
