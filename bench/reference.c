/* SPDX-License-Identifier: MIT */
/*
 * The reference receiver: the least honest work that records every message. One thread, epoll, big
 * reads, memchr, one formatted line "TIME PROTOCOL PEER MESSAGE" for each message in one buffer,
 * written when it is full or when no input waits. No ids, no escaping, no limits, no errors
 * survived: it measures the machine, not a design.
 *
 *   reference tcp|udp none|received|durable PORT FILE
 *   reference raw none|received|durable IP-PROTOCOL FILE
 *   reference unix-stream|unix-datagram none|received|durable PATH FILE
 *   reference_tls tcp none PORT FILE CERTIFICATE KEY
 *
 * Receipts: none; "received", sent for all messages of a read together, right after it; "durable",
 * sent after the buffer was written and flushed with one fdatasync.
 */

#include "bench/place.h"
#include "bench/reference_tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)
#define BUFFER_SIZE (1024 * 1024)
#define HEAD_MAX 128
#define EVENTS_MAX 256
#define BATCH 64
#define IP_HEADER_WORD 4
#define DATAGRAM_MAX 65536
#define RECEIVE_BUFFER (4 * 1024 * 1024)
#define BACKLOG 4096
#define RECEIPT "OK\n"
#define RECEIPT_SIZE 3
#define RECEIPTS_MAX (READ_SIZE / 2)
#define RUNS_MAX 4096

/* One source for both programs. */
#ifdef REFERENCE_TLS
#define N_ARGS 6
#else
#define N_ARGS 4
#define reference_tls_init(certificate, key) ((void)0)
#define reference_tls_new(fd) NULL
#define reference_tls_free(t) ((void)(t))
#define reference_tls_receive(t, buf, size) 0
#endif

typedef enum Receipts {
        RECEIPTS_NONE,
        RECEIPTS_RECEIVED,
        RECEIPTS_DURABLE,
} Receipts;

/* Of an IP socket, or of a Unix socket, for whose peer the kernel vouches. */
typedef struct Peer {
        struct sockaddr_in address;
        struct ucred process;
} Peer;

typedef struct Connection {
        int fd;
        Tls *tls;   /* NULL without TLS */
        bool ended; /* closed by the peer; receipts are still to be sent */
        unsigned n_runs;
        size_t rest_size;
        char *rest;
        size_t head_size;
        char head[HEAD_MAX]; /* " PROTOCOL PEER " */
} Connection;

typedef struct Run {
        Connection *connection;
        size_t count;
} Run;

static const char *protocol;
static bool has_path, has_packets, has_datagrams;
static Receipts receipts;
static int epoll_fd, file_fd;
static char *buffer, *input, *receipt_text;
static size_t buffer_size;
static char now_text[64];
static size_t now_size;
static Run runs[RUNS_MAX];
static size_t n_runs;

static _Noreturn void die(const char *what) {
        perror(what);
        exit(1);
}

static void set_clock(void) {
        static time_t second;
        struct timespec t;
        struct tm tm;

        (void)clock_gettime(CLOCK_REALTIME, &t);
        if (t.tv_sec != second) {
                second = t.tv_sec;
                (void)gmtime_r(&second, &tm);
                (void)strftime(now_text, sizeof(now_text), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
                now_size = strlen(now_text);
        }
        for (long v = t.tv_nsec / 1000, i = 25; i >= 20; i--, v /= 10)
                now_text[i] = (char)('0' + v % 10);
}

static void free_connection(Connection *c) {
        if (c->tls)
                reference_tls_free(c->tls);
        (void)close(c->fd);
        free(c->rest);
        free(c);
}

static void send_receipts(Connection *c, size_t count) {
        if (send(c->fd, receipt_text, count * RECEIPT_SIZE, MSG_NOSIGNAL) < 0 && !c->ended)
                (void)shutdown(c->fd, SHUT_RDWR);
}

static void write_buffer(void) {
        size_t done = 0;

        while (done < buffer_size) {
                ssize_t n = write(file_fd, buffer + done, buffer_size - done);

                if (n < 0)
                        die("write");
                done += (size_t)n;
        }
        buffer_size = 0;
        if (n_runs == 0)
                return;

        if (fdatasync(file_fd) < 0)
                die("fdatasync");
        for (size_t i = 0; i < n_runs; i++) {
                Connection *c = runs[i].connection;

                send_receipts(c, runs[i].count);
                if (--c->n_runs == 0 && c->ended)
                        free_connection(c);
        }
        n_runs = 0;
}

/* The messages of a read, or those of its part that the buffer had room for. */
static void answer(Connection *c, size_t count) {
        if (count == 0 || receipts == RECEIPTS_NONE)
                return;
        if (receipts == RECEIPTS_RECEIVED) {
                send_receipts(c, count);
                return;
        }
        runs[n_runs++] = (Run){ c, count };
        c->n_runs++;
}

static void add_line(const char *head, size_t head_size, const char *message, size_t size) {
        char *p = buffer + buffer_size;

        memcpy(p, now_text, now_size);
        p += now_size;
        memcpy(p, head, head_size);
        p += head_size;
        memcpy(p, message, size);
        p[size] = '\n';
        buffer_size = (size_t)(p - buffer) + size + 1;
}

/* A message of SIZE bytes is next: what is there is written when it has no room. */
static size_t make_room(Connection *c, size_t size, size_t count) {
        if (buffer_size + HEAD_MAX + sizeof(now_text) + size < BUFFER_SIZE && n_runs < RUNS_MAX - 1)
                return count;
        if (receipts == RECEIPTS_DURABLE) {
                answer(c, count);
                count = 0;
        }
        write_buffer();
        return count;
}

static void keep_rest(Connection *c, const char *p, size_t n) {
        c->rest = realloc(c->rest, c->rest_size + n);
        if (!c->rest)
                die("rest");
        memcpy(c->rest + c->rest_size, p, n);
        c->rest_size += n;
}

static void take_in(Connection *c, const char *p, const char *end) {
        size_t count = 0;

        while (p < end) {
                const char *lf = memchr(p, '\n', (size_t)(end - p));

                if (!lf) {
                        keep_rest(c, p, (size_t)(end - p));
                        break;
                }
                if (c->rest_size > 0) {
                        keep_rest(c, p, (size_t)(lf - p));
                        count = make_room(c, c->rest_size, count);
                        add_line(c->head, c->head_size, c->rest, c->rest_size);
                        free(c->rest);
                        c->rest = NULL;
                        c->rest_size = 0;
                } else {
                        count = make_room(c, (size_t)(lf - p), count);
                        add_line(c->head, c->head_size, p, (size_t)(lf - p));
                }
                count++;
                p = lf + 1;
        }
        answer(c, count);
}

static void serve(Connection *c) {
        ssize_t n = c->tls ? reference_tls_receive(c->tls, input, READ_SIZE)
                           : recv(c->fd, input, READ_SIZE, MSG_DONTWAIT);

        if (n > 0) {
                take_in(c, input, input + n);
                return;
        }
        if (n < 0 && errno == EAGAIN)
                return;
        c->ended = true;
        if (c->n_runs == 0)
                free_connection(c);
        else
                (void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
}

static size_t make_head(char *head, const Peer *peer) {
        char text[INET_ADDRSTRLEN];

        if (has_path)
                return (size_t)snprintf(head, HEAD_MAX, " %s uid:%u/pid:%d ", protocol,
                                        peer->process.uid, peer->process.pid);
        (void)inet_ntop(AF_INET, &peer->address.sin_addr, text, sizeof(text));
        return (size_t)snprintf(head, HEAD_MAX, " %s %s:%u ", protocol, text,
                                ntohs(peer->address.sin_port));
}

static void accept_all(int listener) {
        Peer peer = { 0 };
        socklen_t size = sizeof(peer.address), process_size = sizeof(peer.process);
        int fd;

        while ((fd = accept4(listener, (struct sockaddr *)&peer.address, &size, SOCK_CLOEXEC)) >=
               0) {
                Connection *c = calloc(1, sizeof(*c));
                struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

                if (!c)
                        die("connection");
                if (has_path &&
                    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer.process, &process_size) < 0)
                        die("SO_PEERCRED");
                c->fd = fd;
                c->tls = reference_tls_new(fd);
                c->head_size = make_head(c->head, &peer);
                if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
                        die("epoll_ctl");
        }
}

/* The message of a datagram or packet, and who has sent it. */
static const char *look_at(struct mmsghdr *h, Peer *peer) {
        const char *p = h->msg_hdr.msg_iov->iov_base;

        if (has_path)
                memcpy(&peer->process, CMSG_DATA(CMSG_FIRSTHDR(&h->msg_hdr)),
                       sizeof(peer->process));
        return has_packets ? p + ((const struct iphdr *)p)->ihl * IP_HEADER_WORD : p;
}

static void receive(int fd) {
        static struct mmsghdr headers[BATCH];
        static struct iovec iov[BATCH];
        static Peer peers[BATCH];
        static _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(struct ucred))];
        static char slots[BATCH][DATAGRAM_MAX];
        int n;

        for (size_t i = 0; i < BATCH; i++) {
                iov[i] = (struct iovec){ slots[i], DATAGRAM_MAX };
                headers[i].msg_hdr = (struct msghdr){ .msg_name = &peers[i].address,
                                                      .msg_namelen = sizeof(peers[i].address),
                                                      .msg_iov = &iov[i],
                                                      .msg_iovlen = 1,
                                                      .msg_control = control[i],
                                                      .msg_controllen = sizeof(control[i]) };
        }
        n = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
                static Peer last;
                static size_t head_size;
                static char head[HEAD_MAX];
                const char *message = look_at(&headers[i], &peers[i]);
                size_t size = headers[i].msg_len - (size_t)(message - slots[i]);

                /* Senders come in bursts. */
                if (memcmp(&last, &peers[i], sizeof(last)) != 0) {
                        last = peers[i];
                        head_size = make_head(head, &last);
                }
                (void)make_room(NULL, size, 0);
                add_line(head, head_size, message, size);
        }
}

static Place place_of(const char *text) {
        Place p = place_loopback();

        if (has_path && !place_set_path(&p, text))
                die(text);
        if (has_packets)
                p.ip_protocol = atoi(text);
        else if (!has_path)
                p.address.in.sin_port = htons((uint16_t)atoi(text));
        return p;
}

static int open_socket(const Place *p) {
        const int on = 1, size = RECEIVE_BUFFER;
        int fd = place_socket(p, has_datagrams ? SOCK_DGRAM : SOCK_STREAM,
                              SOCK_NONBLOCK | SOCK_CLOEXEC);

        (void)setsockopt(fd, SOL_SOCKET, has_path && has_datagrams ? SO_PASSCRED : SO_REUSEADDR,
                         &on, sizeof(on));
        if (has_datagrams && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        if (fd < 0 || bind(fd, &p->address.any, p->size) < 0 ||
            (!has_datagrams && listen(fd, BACKLOG) < 0))
                die("bind");
        return fd;
}

static void run(int fd) {
        struct epoll_event events[EVENTS_MAX];

        for (;;) {
                /* A short look for more input before what is there is written. */
                int n = epoll_wait(epoll_fd, events, EVENTS_MAX, buffer_size > 0 ? 0 : -1);

                if (n <= 0) {
                        write_buffer();
                        continue;
                }
                set_clock();
                for (int i = 0; i < n; i++)
                        if (events[i].data.ptr)
                                serve(events[i].data.ptr);
                        else if (has_datagrams)
                                receive(fd);
                        else
                                accept_all(fd);
        }
}

int main(int argc, char **argv) {
        struct epoll_event e = { .events = EPOLLIN };
        struct rlimit limit;
        Place place;
        int fd;

        if (argc != N_ARGS + 1) {
                fprintf(stderr, "usage: reference tcp|udp|raw|unix-stream|unix-datagram "
                                "none|received|durable PORT|IP-PROTOCOL|PATH FILE\n"
                                "       reference_tls tcp none PORT FILE CERTIFICATE KEY\n");
                return 2;
        }
        if (N_ARGS > 4)
                reference_tls_init(argv[5], argv[6]);

        protocol = argv[1];
        has_path = strncmp(protocol, "unix", strlen("unix")) == 0;
        has_packets = strcmp(protocol, "raw") == 0;
        has_datagrams = has_packets || strcmp(protocol, "udp") == 0 ||
                        strcmp(protocol, "unix-datagram") == 0;
        place = place_of(argv[3]);
        receipts = strcmp(argv[2], "durable") == 0    ? RECEIPTS_DURABLE
                   : strcmp(argv[2], "received") == 0 ? RECEIPTS_RECEIVED
                                                      : RECEIPTS_NONE;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
        buffer = malloc(BUFFER_SIZE);
        input = malloc(READ_SIZE);
        receipt_text = malloc(RECEIPTS_MAX * RECEIPT_SIZE);
        if (!buffer || !input || !receipt_text)
                die("start");

        for (size_t i = 0; i < RECEIPTS_MAX; i++)
                memcpy(receipt_text + i * RECEIPT_SIZE, RECEIPT, RECEIPT_SIZE);
        file_fd = open(argv[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        fd = open_socket(&place);
        if (file_fd < 0 || epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
                die(argv[4]);
        run(fd);
}
