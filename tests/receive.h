/* SPDX-License-Identifier: MIT */
/*
 * What a worker has on the floor of net: a loop whose clock stands still until a test moves it, an
 * intake without outputs, streams, and a listener with one socket.
 */
#pragma once

#include "config/config.h"
#include "core/peers.h"
#include "core/receipt.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intakes.h"
#include "daemon/loop/loop.h"
#include "daemon/loop/mailbox.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/pace.h"
#include "daemon/net/stream.h"
#include "daemon/net/streams.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_list.h"
#include "tests/unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* An arbitrary time to start from. */
#define RECEIVE_START (1000 * USEC_PER_SEC)

typedef struct Receive {
        Loop loop;
        Mailbox mailbox, *members[1];
        MailboxGroup group;
        ConfigLimits limits;
        ConfigListener config;
        Receipt *receipt;
        Listener listener;
        ListenerSocket *origin;
        Peers *peers;
        Intakes intakes;
        Intake *intake; /* the only one */
        Admission *admission;
        Pace *pace;
        Streams *streams;
} Receive;

static const Address receive_peer = { .family = AF_INET, .port = 4711 };

static inline void receive_begin(Receive *r, const char *reply, Level level) {
        OutputList none = { 0 };
        const OutputRoutes routes = { &none, 1 };
        const Endpoint at = {
                .protocol = PROTOCOL_TCP,
                .address = { .family = AF_INET, .port = 9, .v4.s_addr = htonl(0x7f000001) },
        };
        IntakesChange *change;

        *r = (Receive){
                .limits = { .message_size = 100, .connections = 4, .memory = 4 * 1024 * 1024 },
                .config = { .name = (char *)"x", .protocol = PROTOCOL_TCP, .acknowledge = level },
        };
        assert_int_equal(mailbox_init(&r->mailbox), 0);
        r->members[0] = &r->mailbox;
        r->group.members = r->members;
        r->group.n_members = 1;
        assert_int_equal(loop_init(&r->loop), 0);
        r->loop.now_usec = RECEIVE_START;
        timer_wheel_init(&r->loop.timers, RECEIVE_START);

        assert_int_equal(receipt_new(reply, level, &r->receipt), 0);
        r->listener.config = &r->config;
        r->listener.receipt = r->receipt;
        r->origin = listener_socket_new(&at, -EBADF, NULL);
        r->origin->listener = &r->listener;

        r->peers = peers_new();
        intakes_init(&r->intakes, &r->mailbox, 0, 1);
        change = intakes_prepare(&r->intakes, &routes);
        assert_non_null(change);
        intakes_change(&r->intakes, change, &routes, 1024 * 1024);
        intakes_set_time(&r->intakes, RECEIVE_START, 1);
        r->intake = r->intakes.items[0];
        r->admission = admission_new(&r->limits, &r->group);
        r->pace = pace_new(&r->limits);
        r->streams = streams_new(&r->loop, &r->intakes, r->admission, r->pace, r->peers);
        assert_non_null(r->streams);
        streams_configure(r->streams, &r->limits, false);
}

static inline void receive_end(Receive *r) {
        (void)streams_free(r->streams);
        intakes_done(&r->intakes);
        (void)peers_free(r->peers);
        assert_int_equal(admission_streams(r->admission), 0);
        assert_true(admission_holds_nothing(r->admission));
        (void)admission_free(r->admission);
        (void)pace_free(r->pace);
        (void)listener_socket_free(r->origin);
        (void)receipt_free(r->receipt);
        loop_done(&r->loop);
        mailbox_done(&r->mailbox);
}

/* A stream of the listener, from PEER, which is of KIND; returns the other end. */
static inline int receive_connect_as(Receive *r, PeerKind kind, const Address *peer, Stream **ret) {
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                         0);
        assert_true(admission_take_place(r->admission));
        if (kind == PEER_PROXY)
                admission_note_accepted(r->admission, RECEIVE_START);
        else
                assert_int_equal(admission_decide(r->admission, peer, RECEIVE_START),
                                 ADMISSION_ADMITTED);
        atomic_fetch_add(&r->origin->n_streams, 1);
        streams_add(r->streams, r->origin, fds[0], peer, kind);
        *ret = TAILQ_LAST(&r->streams->whole, StreamList);
        return fds[1];
}

static inline int receive_connect_from(Receive *r, const Address *peer, Stream **ret) {
        return receive_connect_as(r, PEER_CLIENT, peer, ret);
}

static inline int receive_connect(Receive *r, Stream **ret) {
        return receive_connect_from(r, &receive_peer, ret);
}

/* One wake-up: what is ready is served, timers that are due fire. */
static inline void receive_serve(Receive *r) {
        struct epoll_event events[LOOP_EVENTS_MAX];
        int n = epoll_wait(r->loop.epoll_fd, events, LOOP_EVENTS_MAX, 0);

        for (int i = 0; i < n; i++) {
                Source *s = events[i].data.ptr;

                s->on_event(s, events[i].events);
        }
        loop_run_timers(&r->loop);
}

static inline void receive_pass(Receive *r, uint64_t usec) {
        r->loop.now_usec += usec;
        receive_serve(r);
}

/* Everything that was taken in is stored: the receipts leave. */
static inline void receive_answer(Receive *r, int error) {
        Commit *c;

        intake_commit(r->intake);
        for (Level level = 0; level < LEVEL_MAX_; level++)
                while ((c = intake_pop(r->intake, level))) {
                        CommitLevel *l = &c->levels[level];

                        for (size_t i = 0; i < l->n_runs; i++)
                                if (l->runs[i].addressee)
                                        l->runs[i].addressee->answer(l->runs[i].addressee,
                                                                     &l->runs[i], error, 0);
                        if (level == LEVEL_DURABLE)
                                intake_recycle(r->intake, c);
                }
        streams_free_unused(r->streams);
}

/* What the peer can read now, as a string; "" nothing. */
static inline const char *receive_read(int fd) {
        static char text[4096];
        ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

        text[n > 0 ? n : 0] = '\0';
        return text;
}
