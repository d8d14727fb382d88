/* SPDX-License-Identifier: MIT */
/*
 * The reference for the journal: every line becomes an entry with the fields that sockd writes. One
 * thread, epoll, big reads, memchr; entries leave in batches, when one is full or when no input
 * waits, and the socket blocks while journald is behind. No escaping, no limits, no errors survived.
 *
 *   journal_writer PORT
 */

#include "bench/numbered.h"
#include "core/record.h"
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define INPUT_SIZE 65536 /* and the longest line */
#define FIXED_MAX 512    /* an entry without its line */
#define BATCH 128
#define BUFFER_SIZE (1024 * 1024)
#define SEND_BUFFER (8 * 1024 * 1024)
#define ID_DIGITS 12

typedef struct Connection {
        int fd;
        unsigned port;
        size_t size; /* of the unterminated line at the start of INPUT */
        char input[INPUT_SIZE];
} Connection;

static int journal_fd, epoll_fd;
static uint16_t local_port;
static char buffer[BUFFER_SIZE];
static size_t buffer_size;
static struct mmsghdr headers[BATCH];
static struct iovec entries[BATCH];
static unsigned n_entries;

static void send_entries(void) {
        for (unsigned done = 0; done < n_entries;) {
                int n = sendmmsg(journal_fd, headers + done, n_entries - done, MSG_NOSIGNAL);

                if (n < 0)
                        err(1, "sendmmsg");
                done += (unsigned)n;
        }
        n_entries = 0;
        buffer_size = 0;
}

/* Up to where the message stands. */
static size_t make_head(char *head, unsigned port) {
        struct timespec t;

        (void)clock_gettime(CLOCK_REALTIME, &t);
        return (size_t)snprintf(
                head, FIXED_MAX,
                "PRIORITY=6\nSYSLOG_IDENTIFIER=sockd\nMESSAGE_ID=" RECORD_MESSAGE_ID
                "\nSOCKD_LISTENER=tcp\nSOCKD_PROTOCOL=tcp\nSOCKD_PEER_ADDRESS=127.0.0.1"
                "\nSOCKD_PEER_PORT=%u\nSOCKD_LOCAL_ADDRESS=127.0.0.1\nSOCKD_LOCAL_PORT=%u"
                "\nSOCKD_TIME_USEC=%lld\nMESSAGE=127.0.0.1:%u ",
                port, local_port, (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000, port);
}

static void add_entry(const char *head, size_t head_size, const char *line, size_t size) {
        static uint64_t id, last_size = UINT64_MAX;
        static char tail[FIXED_MAX];
        static int tail_size;
        char *start, *p;

        if (n_entries == BATCH || BUFFER_SIZE - buffer_size < FIXED_MAX + 2 * size)
                send_entries();
        if (size != last_size)
                tail_size = snprintf(tail, sizeof(tail), "\nSOCKD_SIZE=%zu\nSOCKD_MESSAGE\n", size);
        last_size = size;
        start = p = buffer + buffer_size;
        p = mempcpy(p, head, head_size);
        p = mempcpy(p, line, size);
        p = mempcpy(p, "\nSOCKD_ID=", 10);
        numbered_put(p, ID_DIGITS, id++);
        p = mempcpy(p + ID_DIGITS, tail, (size_t)tail_size);
        p = mempcpy(p, &size, sizeof(size)); /* little endian is what the protocol wants */
        p = mempcpy(p, line, size);
        *p++ = '\n';
        entries[n_entries] = (struct iovec){ start, (size_t)(p - start) };
        headers[n_entries].msg_hdr.msg_iov = &entries[n_entries];
        headers[n_entries++].msg_hdr.msg_iovlen = 1;
        buffer_size = (size_t)(p - buffer);
}

static void serve(Connection *c) {
        ssize_t n = recv(c->fd, c->input + c->size, INPUT_SIZE - c->size, 0);
        const char *line = c->input, *end = line + c->size + n, *lf;
        char head[FIXED_MAX];
        size_t head_size = make_head(head, c->port);

        if (n <= 0) {
                (void)close(c->fd); /* the memory is left to the end of the process */
                return;
        }
        for (; (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1)
                add_entry(head, head_size, line, (size_t)(lf - line));
        c->size = (size_t)(end - line);
        memmove(c->input, line, c->size);
}

static void accept_one(int listener) {
        Connection *c = calloc(1, sizeof(*c));
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);

        c->fd = accept(listener, (struct sockaddr *)&peer, &size);
        c->port = ntohs(peer.sin_port);
        (void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
}

int main(int argc, char **argv) {
        const struct sockaddr_un journal = { AF_UNIX, "/run/systemd/journal/socket" };
        struct sockaddr_in here = { .sin_family = AF_INET };
        struct epoll_event e = { .events = EPOLLIN };
        int size = SEND_BUFFER, listener = socket(AF_INET, SOCK_STREAM, 0);

        local_port = (uint16_t)atoi(argc == 2 ? argv[1] : "");
        here.sin_port = htons(local_port);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        journal_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        epoll_fd = epoll_create1(0);
        if (setsockopt(journal_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
            connect(journal_fd, (const struct sockaddr *)&journal, sizeof(journal)) < 0 ||
            bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0 ||
            listen(listener, SOMAXCONN) < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e) < 0)
                err(1, "start");

        for (;;) {
                /* A short look for more input before what is there is sent. */
                int n = epoll_wait(epoll_fd, &e, 1, n_entries > 0 ? 0 : -1);

                if (n <= 0)
                        send_entries();
                else if (e.data.ptr)
                        serve(e.data.ptr);
                else
                        accept_one(listener);
        }
}
