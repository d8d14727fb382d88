/* SPDX-License-Identifier: MIT */
/* unix(7). */

#include "daemon/net/stream_local.h"

#include "core/macro.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intake_syslog.h"
#include "daemon/net/listener.h"
#include "daemon/net/socket.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_input.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Packets of one read, so that other streams are served in between. */
#define PACKETS_MAX 64

/* An empty packet and the end differ in that only the packet tells who has sent it. */
typedef union PacketControl {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct ucred))]; /* no room for descriptors */
} PacketControl;

void stream_local_begin(Stream *s) {
        char security[SOCKET_SECURITY_MAX];

        socket_peer_security(s->fd, security);
        if (*security)
                s->security = strdup(security);
}

static void count_descriptors(const Stream *s, const struct msghdr *mh) {
        if (mh->msg_flags & MSG_CTRUNC)
                counter_add(&s->listener->stats.descriptors_refused, 1);
}

ssize_t stream_local_receive(Stream *s, size_t size) {
        struct iovec iov = { s->streams->buffer, size };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n = recvmsg(s->fd, &mh, MSG_DONTWAIT);

        if (n >= 0)
                count_descriptors(s, &mh);
        return n;
}

/* FLAGS: of recvmsg(2). *RET_IS_END: there is no packet, and will be none. */
static ssize_t receive_packet(const Stream *s, int flags, bool *ret_is_end) {
        struct iovec iov = { s->streams->buffer, STREAMS_READ_SIZE };
        PacketControl control;
        struct msghdr mh = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        ssize_t n = recvmsg(s->fd, &mh, flags | MSG_DONTWAIT | MSG_TRUNC);

        *ret_is_end = n == 0 && mh.msg_controllen == 0;
        if (n >= 0 && !(flags & MSG_PEEK))
                count_descriptors(s, &mh);
        return n;
}

static void add_packet(Stream *s, size_t true_size) {
        const size_t size = MIN(true_size, (size_t)STREAMS_READ_SIZE);
        Message m = { s->streams->buffer, size, true_size };
        Intake *in = s->intake;

        frame_whole(&m, s->streams->message_size);
        (in->is_syslog ? intake_syslog_add : intake_add)(in, &m);
        s->streams->n_read += size;
        s->drain_left -= s->draining ? (int)MIN(true_size, (size_t)s->drain_left) : 0;
}

StreamPackets stream_local_read_packets(Stream *s) {
        const Intake *in = s->intake;
        StreamPackets result = STREAM_PACKETS_MORE;
        unsigned left = PACKETS_MAX;
        int error = 0;

        stream_input_begin(s);
        while (left-- > 0 && !in->full && result == STREAM_PACKETS_MORE &&
               (!s->draining || s->drain_left > 0)) {
                bool is_end;
                ssize_t n = receive_packet(s, 0, &is_end);

                if (n >= 0 && !is_end) {
                        add_packet(s, (size_t)n);
                        continue;
                }
                error = errno;
                if (is_end)
                        result = STREAM_PACKETS_END;
                else if (error == EAGAIN || error == EINTR)
                        break;
                else
                        result = STREAM_PACKETS_ERROR;
        }
        if (in->n_added > 0)
                s->last_usec = s->streams->loop->now_usec;
        if (stream_input_finish(s) < 0)
                stream_end_finish(s, "out of memory");
        errno = error;
        return result;
}

bool stream_local_is_at_end(const Stream *s) {
        bool is_end;

        return receive_packet(s, MSG_PEEK, &is_end) == 0 && is_end;
}
