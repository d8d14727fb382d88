/* SPDX-License-Identifier: MIT */
/* Entries are sent as datagrams, many per system call; those too large in a sealed memfd. */

#include "daemon/output/output_journal.h"

#include "core/macro.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define BATCH_MAX 64
#define SEND_BUFFER (8 * 1024 * 1024)
/* Queued entries that keep journald busy for longer than the pause. */
#define QUEUE_LONG 128
#define PAUSE_MSEC 1
/* What the kernel charges for a small datagram beside its bytes, roughly. */
#define ENTRY_OVERHEAD 768

typedef struct OutputJournal {
        Output base;
        int fd; /* connected, or -EBADF; the queue's thread only */
} OutputJournal;

/* Entries that are sent together. */
typedef struct Batch {
        struct mmsghdr headers[BATCH_MAX];
        struct iovec iov[BATCH_MAX];
        unsigned n;
} Batch;

static int connect_journal(void) {
        static const struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
        const int size = SEND_BUFFER;
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
                return -errno;
        /* A small buffer only means more memfds. */
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        return TAKE_FD(fd);
}

/* Approximate number of entries like ENTRY that journald has not read yet. */
static size_t queue_length(const OutputJournal *o, const struct iovec *entry) {
        int size;

        if (ioctl(o->fd, SIOCOUTQ, &size) < 0)
                return 0;
        return (size_t)size / (entry->iov_len + ENTRY_OVERHEAD);
}

static int wait_for(struct pollfd *fds, nfds_t n, int timeout) {
        while (poll(fds, n, timeout) < 0)
                if (errno != EINTR)
                        return -errno;
        return fds[0].revents ? -ECANCELED : 0;
}

/*
 * Waits until journald accepts more. Pauses first if its queue is long: otherwise each entry that
 * it reads would wake us for one more. Returns 0; -ECANCELED: interrupted; or negative errno.
 */
static int wait_for_journal(OutputJournal *o, const struct iovec *entry) {
        struct pollfd fds[] = {
                { .fd = output_queue_interrupt_fd(o->base.queue), .events = POLLIN },
                { .fd = o->fd, .events = POLLOUT },
        };
        int r = 0;

        output_enter(&o->base);
        if (queue_length(o, entry) >= QUEUE_LONG)
                r = wait_for(fds, 1, PAUSE_MSEC);
        if (r >= 0)
                r = wait_for(fds, ELEMENTSOF(fds), -1);
        output_leave(&o->base);
        return r;
}

/* Sealed, because journald reads it later. */
static int make_memfd(const struct iovec *entry) {
        _cleanup_close_ int fd = memfd_create("sockd-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        size_t done = 0;

        if (fd < 0)
                return -errno;

        while (done < entry->iov_len) {
                ssize_t n = write(fd, (const char *)entry->iov_base + done, entry->iov_len - done);

                if (n < 0)
                        return -errno;
                done += (size_t)n;
        }
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int send_memfd(OutputJournal *o, const struct iovec *entry) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct msghdr mh = { .msg_control = &control, .msg_controllen = sizeof(control) };
        struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
        _cleanup_close_ int fd = make_memfd(entry);

        if (fd < 0)
                return fd;

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
        return sendmsg(o->fd, &mh, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Sends at least one entry. Returns how many, or negative errno. */
static int send_some(OutputJournal *o, Batch *b, unsigned first) {
        int n = sendmmsg(o->fd, b->headers + first, b->n - first, MSG_NOSIGNAL);

        if (n > 0)
                return n;
        if (errno == EMSGSIZE || errno == ENOBUFS) {
                int r = send_memfd(o, &b->iov[first]);

                return r < 0 ? r : 1;
        }
        return -errno;
}

/* Handles a failed send. Returns 0 to try again, or negative errno if ENTRY cannot be sent. */
static int recover(OutputJournal *o, const struct iovec *entry, int error, bool *reconnected) {
        switch (-error) {
        case EINTR:
                return 0;
        case EAGAIN:
                return wait_for_journal(o, entry);
        case ECONNREFUSED:
        case ECONNRESET:
        case ENOTCONN:
        case EPIPE:
                if (*reconnected)
                        return error;
                *reconnected = true;
                closep(&o->fd);
                o->fd = connect_journal();
                return o->fd < 0 ? o->fd : 0;
        default:
                return error;
        }
}

/* Returns 0, or negative errno; the rest of the batch is given up then. */
static int send_batch(OutputJournal *o, Batch *b) {
        bool reconnected = false;
        unsigned done = 0;
        int r = 0;

        while (done < b->n) {
                if (o->fd < 0)
                        o->fd = connect_journal();
                r = o->fd < 0 ? o->fd : send_some(o, b, done);
                if (r >= 0) {
                        done += (unsigned)r;
                        continue;
                }

                r = recover(o, &b->iov[done], r, &reconnected);
                if (r < 0)
                        break;
        }

        output_count(&o->base, done, 0);
        if (done < b->n)
                output_count(&o->base, b->n - done, r);
        return done < b->n ? r : 0;
}

/* Gathers up to BATCH_MAX entries of the segment and advances P. */
static void gather(Batch *b, char **p, const char *end) {
        for (b->n = 0; *p < end && b->n < BATCH_MAX; b->n++) {
                uint32_t size;

                memcpy(&size, *p, OUTPUT_JOURNAL_PREFIX);
                b->iov[b->n] = (struct iovec){ *p + OUTPUT_JOURNAL_PREFIX, size };
                b->headers[b->n] = (struct mmsghdr){
                        .msg_hdr = { .msg_iov = &b->iov[b->n], .msg_iovlen = 1 },
                };
                *p += OUTPUT_JOURNAL_PREFIX + size;
        }
}

static int output_journal_write(Output *base, const Segment *s) {
        OutputJournal *o = CONTAINER_OF(base, OutputJournal, base);
        char *p = s->buffer->data + s->from;
        const char *end = s->buffer->data + s->to;
        int result = 0;
        Batch b;

        while (p < end) {
                int r;

                gather(&b, &p, end);
                r = send_batch(o, &b);
                (void)output_set_error(base, r, "cannot send to it");
                if (r < 0)
                        result = r;
        }
        return result;
}

/* Held-back senders do not test whether journald is back, so this does. */
static uint64_t output_journal_maintain(Output *base) {
        _cleanup_close_ int fd = -EBADF;

        if (atomic_load(&base->write_errno) == 0)
                return 0;

        fd = connect_journal();
        if (fd >= 0)
                (void)output_set_error(base, 0, NULL);
        return 0;
}

static Output *output_journal_free(Output *base) {
        OutputJournal *o = CONTAINER_OF(base, OutputJournal, base);

        output_done(base);
        closep(&o->fd);
        free(o);
        return NULL;
}

int output_journal_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                       Output **ret) {
        static const OutputVtable vtable = {
                .queued = true,
                .write = output_journal_write,
                .maintain = output_journal_maintain,
                .free = output_journal_free,
        };
        OutputJournal *o = calloc(1, sizeof(*o));
        int r;

        r = o ? output_init(&o->base, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                free(o);
                (void)buffer_pool_free(pool);
                return r;
        }

        o->fd = -EBADF;
        *ret = &o->base;
        return 0;
}
