/* SPDX-License-Identifier: MIT */
/* Sends numbered messages in one of several ways and prints one line of JSON about it. */

#include "bench/load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT 60

typedef struct Kind {
        const char *name;
        void (*run)(Load *l);
        const char *help;
} Kind;

static const Kind kinds[] = {
        { "stream", load_stream, "pipelined over -c open connections" },
        { "exchange", load_exchange, "on each connection a message, its receipt, the next" },
        { "short", load_short, "a connection for each message, -c at a time; not with -a PATH" },
        { "datagrams", load_datagrams, "UDP, raw or Unix ones from -c sockets, -R a second" },
        { "idle", load_idle,
          "a message on each connection, which then stays open until stdin ends" },
        { "ping", load_ping, "-R times a second a message and its receipt, until stdin ends" },
#ifdef WITH_TLS
        { "storm", load_storm, "handshakes with TLS up to the server's answer, -c at a time" },
#endif
};

void load_die(const char *what) {
        fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
        exit(1);
}

uint64_t load_now(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

void load_begin(Load *l) {
        struct timespec t;

        (void)clock_gettime(CLOCK_REALTIME, &t);
        l->start_usec = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
        l->start_nsec = l->end_nsec = load_now();
}

void load_poll(Load *l, int operation, Lane *lane, uint32_t events) {
        struct epoll_event e = { .events = events, .data.ptr = lane };

        if (epoll_ctl(l->epoll_fd, operation, lane->fd, &e) < 0)
                load_die("epoll_ctl");
}

int load_wait(Load *l, struct epoll_event *events, int n_max) {
        for (;;) {
                uint64_t now = load_now();
                int n;

                if (now >= l->options.deadline_nsec) {
                        l->timed_out = true;
                        return 0;
                }
                n = epoll_wait(l->epoll_fd, events, n_max,
                               (int)((l->options.deadline_nsec - now) / 1000000 + 1));
                if (n > 0)
                        return n;
                if (n < 0 && errno != EINTR)
                        load_die("epoll_wait");
        }
}

/* Not to the address it sends to: a raw socket gets a copy of every packet to its own. */
static void bind_raw(const Load *l, const Lane *lane) {
        Place from = place_loopback();

        if (l->options.to.ip_protocol == 0)
                return;
        from.address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + lane->number);
        if (bind(lane->fd, &from.address.any, from.size) < 0)
                load_die("bind");
}

void load_connect_all(Load *l, int type) {
        for (unsigned i = 0; i < l->options.n_lanes; i++) {
                Lane *lane = &l->lanes[i];

                lane->fd = place_socket(&l->options.to, type, SOCK_CLOEXEC);
                if (lane->fd < 0)
                        load_die("socket");
                bind_raw(l, lane);
                if (place_connect(&l->options.to, lane->fd) < 0)
                        load_die("connect");
        }
}

int load_read_receipts(Load *l, Lane *lane) {
        ssize_t n = recv(lane->fd, l->scratch, LOAD_SCRATCH_SIZE, MSG_DONTWAIT);
        const char *p = l->scratch, *end = p + n;
        int n_lines = 0;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0)
                return -1;
        if (lane->sealed)
                return 0;

        while (p < end) {
                const char *lf;

                if (!lane->in_line && *p != 'o' && *p != 'O')
                        l->n_errors++;
                lf = memchr(p, '\n', (size_t)(end - p));
                lane->in_line = !lf;
                n_lines += !!lf;
                p = lf ? lf + 1 : end;
        }
        lane->n_receipts += (uint64_t)n_lines;
        l->n_receipts += (uint64_t)n_lines;
        l->end_nsec = load_now();
        return n_lines;
}

static void report(const Load *l) {
        printf("{\"messages\": %llu, \"receipts\": %llu, \"errors\": %llu, \"start_usec\": %llu, "
               "\"seconds\": %.6f, \"timed_out\": %s",
               (unsigned long long)l->options.n_messages, (unsigned long long)l->n_receipts,
               (unsigned long long)l->n_errors, (unsigned long long)l->start_usec,
               (double)(l->end_nsec - l->start_nsec) / (double)NSEC_PER_SEC,
               l->timed_out ? "true" : "false");
        if (histogram_count(l->latency) > 0)
                printf(", \"p50_usec\": %.1f, \"p99_usec\": %.1f, \"p999_usec\": %.1f",
                       (double)histogram_quantile(l->latency, 0.5) / 1000,
                       (double)histogram_quantile(l->latency, 0.99) / 1000,
                       (double)histogram_quantile(l->latency, 0.999) / 1000);
        printf("}\n");
        if (fflush(stdout) != 0)
                load_die("standard output");
}

static _Noreturn void usage(void) {
        fprintf(stderr, "usage: load KIND [-a ADDRESS|PATH] [-p PORT|-i IP-PROTOCOL] [-c LANES] "
                        "[-n MESSAGES] [-s SIZE] [-R RATE] [-r] [-T full|message] [-t SECONDS]\n");
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                fprintf(stderr, "  %-10s %s\n", kinds[i].name, kinds[i].help);
        exit(2);
}

static uint64_t number(const char *text) {
        char *end;
        uint64_t v = strtoull(text, &end, 10);

        if (*end || end == text)
                usage();
        return v;
}

static LoadTls tls_of(const char *text) {
#ifdef WITH_TLS
        if (strcmp(text, "full") == 0)
                return LOAD_TLS_FULL;
        if (strcmp(text, "message") == 0)
                return LOAD_TLS_MESSAGE;
#endif
        (void)text;
        usage();
}

static void connect_streams(Load *l) {
        load_connect_all(l, SOCK_STREAM);
}

static void parse(int argc, char **argv, LoadOptions *o) {
        uint64_t timeout = TIMEOUT_DEFAULT, port = 9191;
        int c;

        *o = (LoadOptions){ .n_lanes = 1, .n_messages = 1, .size = 100 };
        o->to = place_loopback();
        while ((c = getopt(argc, argv, "a:p:i:c:n:s:R:rT:t:")) >= 0)
                switch (c) {
                case 'a':
                        if (!place_set_path(&o->to, optarg) &&
                            inet_pton(AF_INET, optarg, &o->to.address.in.sin_addr) != 1)
                                usage();
                        break;
                case 'p':
                        port = number(optarg);
                        break;
                case 'i':
                        o->to.ip_protocol = (int)number(optarg);
                        break;
                case 'c':
                        o->n_lanes = (unsigned)number(optarg);
                        break;
                case 'n':
                        o->n_messages = number(optarg);
                        break;
                case 's':
                        o->size = number(optarg);
                        break;
                case 'R':
                        o->rate = number(optarg);
                        break;
                case 'r':
                        o->receipts = true;
                        break;
                case 'T':
                        o->tls = tls_of(optarg);
                        break;
                case 't':
                        timeout = number(optarg);
                        break;
                default:
                        usage();
                }
        if (optind < argc || o->n_lanes < 1 || o->n_lanes > NUMBERED_LANES_MAX ||
            o->size > NUMBERED_SIZE_MAX || o->size <= NUMBERED_HEAD)
                usage();
        if (o->to.address.any.sa_family == AF_INET)
                o->to.address.in.sin_port = htons((uint16_t)port);
        o->deadline_nsec = load_now() + timeout * NSEC_PER_SEC;
}

static void prepare(Load *l) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
        l->lanes = calloc(l->options.n_lanes, sizeof(*l->lanes));
        l->scratch = malloc(LOAD_SCRATCH_SIZE);
        l->message = malloc(l->options.size);
        l->latency = histogram_new();
        l->connect_all = connect_streams;
#ifdef WITH_TLS
        if (l->options.tls != LOAD_TLS_NONE)
                l->connect_all = load_tls_connect_all;
#endif
        l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (!l->lanes || !l->scratch || !l->message || !l->latency || l->epoll_fd < 0)
                load_die("start");

        for (unsigned i = 0; i < l->options.n_lanes; i++)
                l->lanes[i] = (Lane){
                        .fd = -1,
                        .number = i,
                        .n_messages = numbered_share(l->options.n_messages, l->options.n_lanes, i),
                };
}

int main(int argc, char **argv) {
        const Kind *kind = NULL;
        Load l = { 0 };

        for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strcmp(argv[1], kinds[i].name) == 0)
                        kind = &kinds[i];
        if (!kind)
                usage();

        parse(argc - 1, argv + 1, &l.options);
        prepare(&l);
        kind->run(&l);
        report(&l);
        if (kind->run == load_idle)
                while (getchar() != EOF)
                        ;
        return l.timed_out;
}
