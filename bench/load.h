/* SPDX-License-Identifier: MIT */
/*
 * The load generator: what its kinds of load have in common. One thread, one epoll loop; every wait
 * ends at the deadline, and what was not answered by then is in the report.
 */
#pragma once

#include "bench/numbered.h"
#include "bench/place.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>

#define LOAD_SCRATCH_SIZE (256 * 1024)
#define NSEC_PER_SEC UINT64_C(1000000000)

/* What a record of TLS holds. */
typedef enum LoadTls {
        LOAD_TLS_NONE,
        LOAD_TLS_FULL,    /* as many messages as go in */
        LOAD_TLS_MESSAGE, /* one */
} LoadTls;

/* From the command line. */
typedef struct LoadOptions {
        Place to;
        unsigned n_lanes;
        uint64_t n_messages; /* of all lanes together */
        size_t size;         /* bytes of a message, with its LF where there is one */
        uint64_t rate;       /* datagrams a second; 0 = as fast as it goes */
        bool receipts;       /* a reply line is awaited for every message */
        LoadTls tls;         /* streams only */
        uint64_t deadline_nsec;
} LoadOptions;

/* One connection or socket. */
typedef struct Lane {
        int fd;
        unsigned number;
        uint64_t n_messages; /* its share */
        uint64_t n_bytes;    /* sent so far */
        uint64_t n_sent;     /* messages begun */
        uint64_t n_receipts;
        uint64_t start_nsec; /* of the exchange that runs */
        bool in_line;        /* part of a reply line was read */
        char *sealed;        /* with TLS, all that it sends */
        size_t n_sealed;
} Lane;

typedef struct Histogram Histogram;

typedef struct Load Load;
struct Load {
        LoadOptions options;
        Lane *lanes;
        int epoll_fd;
        char *scratch; /* LOAD_SCRATCH_SIZE bytes */
        char *message; /* of options.size bytes, for the lane at hand */
        Histogram *latency;
        uint64_t n_receipts;
        uint64_t n_errors; /* replies that do not begin with "ok" or "OK" */
        uint64_t start_nsec, end_nsec;
        uint64_t start_usec; /* wall clock, to be compared with a file's mtime */
        bool timed_out;
        void (*connect_all)(struct Load *l); /* of streams */
        bool stays_open;                     /* connections do not end with the last message */
        size_t n_hello; /* of a storm: the bytes of SCRATCH that each connection sends */
};

/* The kinds of load. Each returns when all is sent and answered, or at the deadline. */
void load_stream(Load *l);
void load_exchange(Load *l);
void load_short(Load *l);
void load_datagrams(Load *l);
void load_idle(Load *l);
void load_ping(Load *l);
void load_storm(Load *l); /* load_tls.c */

uint64_t load_now(void); /* CLOCK_MONOTONIC, nanoseconds */
void load_begin(Load *l);
/* Makes sockets of this type for all lanes, and connects them one after the other. */
void load_connect_all(Load *l, int type);
/* The same for streams with TLS, which are then ready to send what is sealed. */
void load_tls_connect_all(Load *l);
/* Begins to connect a lane, from one of many addresses; it is polled until it can send. */
void load_open(Load *l, Lane *lane);
void load_poll(Load *l, int operation, Lane *lane, uint32_t events);
/* epoll_wait(2) until the deadline; 0: it has passed. */
int load_wait(Load *l, struct epoll_event *events, int n_max);
/* Counts the reply lines that are there. Returns their number, or -1 when the peer has closed. */
int load_read_receipts(Load *l, Lane *lane);
/* Prints what failed, and errno, and exits. */
_Noreturn void load_die(const char *what);

Histogram *histogram_new(void);
void histogram_add(Histogram *h, uint64_t nsec);
/* The value below which FRACTION of all values lie, to about 2 %. */
uint64_t histogram_quantile(const Histogram *h, double fraction);
uint64_t histogram_count(const Histogram *h);
