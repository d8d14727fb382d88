/* SPDX-License-Identifier: MIT */
/* The loop: wait, serve, hand over, answer. */

#include "daemon/worker/worker.h"

#include "core/macro.h"
#include "core/peers.h"
#include "daemon/base/capability.h"
#include "daemon/intake/flush_policy.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/streams.h"
#include "daemon/output/commit.h"
#include "daemon/output/committer.h"
#include "daemon/worker/worker_answer.h"
#include "daemon/worker/worker_change.h"
#include "daemon/worker/worker_drain.h"
#include "daemon/worker/workers.h"
#include <errno.h>
#include <poll.h>

/* Interval at which a worker without memory looks for it again. */
#define MEMORY_MSEC 100
/* With more events than these at once, the peers of streams take turns. */
#define EVENTS_FEW 4
/* What a wake-up may serve then, as streams_serve_next() counts it. */
#define TURNS_COST_MAX ((size_t)EVENTS_FEW * STREAMS_READ_SIZE)
/* Events are taken so many times more, if there are so many: to find a stream among a thousand. */
#define ROUNDS_MAX 4

/* AcceptorSink.add: gives the connection to the least busy worker, preferably this one. */
static void add_connection(AcceptorSink *k, ListenerSocket *origin, int fd, const Address *peer,
                           PeerKind kind) {
        HandoverItem item = { fd, origin, *peer, kind };
        Worker *w = CONTAINER_OF(k, Worker, sink), *best = w;

        for (size_t i = 0; i < w->workers->n; i++) {
                Worker *other = &w->workers->items[i];

                if (atomic_load_explicit(&other->streams->n_open, memory_order_relaxed) <
                    atomic_load_explicit(&best->streams->n_open, memory_order_relaxed))
                        best = other;
        }

        if (best != w && handover_put(&best->handover, &item) == 0)
                mailbox_signal(&best->mailbox, MAIL_STREAMS);
        else
                streams_add(w->streams, origin, fd, peer, kind);
}

static void take_handed_over(Worker *w) {
        _cleanup_free_ HandoverItem *items = NULL;
        size_t n = handover_take(&w->handover, &items);

        for (size_t i = 0; i < n; i++)
                streams_add(w->streams, items[i].origin, items[i].fd, &items[i].peer,
                            items[i].kind);
}

static void take_mail(Worker *w) {
        unsigned signals = mailbox_take(&w->mailbox);

        if (signals & MAIL_STREAMS)
                take_handed_over(w);
        if (signals & MAIL_ACCEPT)
                acceptor_update(&w->acceptor);
        if (signals & MAIL_ROOM)
                streams_release(w->streams);
        if (signals & MAIL_GATE)
                w->gate_wanted = true;
        if (signals & MAIL_INQUIRY)
                w->inquired = true;
        if (signals & MAIL_STOP)
                worker_drain_start(w);
        if (signals & MAIL_GIVE_UP)
                worker_drain_give_up(w);
}

static void on_mail(Source *source, uint32_t events _unused_) {
        take_mail(CONTAINER_OF(source, Worker, mail_source));
}

static void set_clock(Worker *w) {
        intakes_set_time(&w->intakes, w->loop.now_usec, w->loop.realtime_usec);
}

/* Freed memory sends no mail. */
static int limit_timeout(int timeout) {
        return timeout < 0 ? MEMORY_MSEC : MIN(timeout, MEMORY_MSEC);
}

/* Without room: waits for mail and timers only, and briefly. */
static void wait_for_room(Worker *w, int timeout) {
        struct pollfd fd = { .fd = w->mailbox.doorbell.fd, .events = POLLIN };
        MailboxGroup *group = &w->workers->group;

        w->flush_wanted = false; /* requested below */
        atomic_fetch_add(&group->n_waiting, 1);
        committer_request(w->workers->committer, COMMITTER_NOW);
        /* Room that came earlier is seen now; from here on it is announced by mail. */
        pulse_wait(&w->loop.pulse);
        if (!intakes_check_room(&w->intakes) && poll(&fd, 1, limit_timeout(timeout)) > 0)
                take_mail(w);
        pulse_go(&w->loop.pulse);
        atomic_fetch_sub(&group->n_waiting, 1);
        loop_set_clock(&w->loop);
        set_clock(w);
}

static uint64_t worker_bit(const Worker *w) {
        return UINT64_C(1) << (w->intakes.worker % 64);
}

static void hand_over(Worker *w) {
        intakes_commit(&w->intakes);
        worker_answer(w);
        w->streams->n_read = 0;
        w->n_write_delayed = 0;
}

/* Asks the policy what to do at this moment. */
static FlushAction next_action(Worker *w, FlushMoment moment, bool has_input) {
        const FlushState s = {
                .moment = moment,
                .open = intakes_open(&w->intakes),
                .flush_wanted = w->flush_wanted,
                .has_input = has_input,
                .serves_datagrams = w->datagrams->first,
                .must_write = w->state != WORKER_SERVING || intakes_any_is_full(&w->intakes),
                .n_read = w->streams->n_read,
                .n_write_delayed = w->n_write_delayed,
                .n_flush_delayed = w->n_flush_delayed,
                .flush_usec = committer_flush_usec(w->workers->committer),
        };

        return flush_policy_next(&s);
}

static void write_and_flush(Worker *w, FlushAction action) {
        const Workers *all = w->workers;

        if (action == FLUSH_WAIT)
                return;

        hand_over(w);
        if (action == FLUSH_WRITE || !w->flush_wanted)
                return;

        w->n_flush_delayed = 0;
        w->flush_wanted = false;
        if (action == FLUSH_HERE &&
            committer_flush_here(all->committer, all->outputs, worker_bit(w)))
                worker_answer(w);
        else
                committer_request(all->committer, COMMITTER_NOW);
}

static void after_serving(Worker *w) {
        if (_unlikely_(w->streams->partial_over))
                streams_limit_partial(w->streams);
        if (w->streams->n_read >= FLUSH_STEP_SIZE)
                write_and_flush(w, next_action(w, FLUSH_STEP, true));
}

static void dispatch(Worker *w, const struct epoll_event *events, unsigned n) {
        /* Without room, the rest is reported again later. */
        for (unsigned i = 0; i < n && !intakes_are_full(&w->intakes); i++) {
                Source *s = events[i].data.ptr;

                s->on_event(s, events[i].events);
                after_serving(w);
        }
}

/*
 * One peer can have thousands of streams with input: the wake-up finds all that are ready, serves the
 * peers in turn, and leaves the rest to the next ones, which look for others first.
 */
static void serve_in_turn(Worker *w, struct epoll_event *events, unsigned n) {
        size_t cost = 0, one, n_waiting = 0;

        /* Those that wait already are reported again. */
        for (unsigned i = 0;
             i < ROUNDS_MAX && n == LOOP_EVENTS_MAX && streams_waiting(w->streams) > n_waiting;
             i++) {
                n_waiting = streams_waiting(w->streams);
                n = loop_wait(&w->loop, events, 0);
                dispatch(w, events, n);
        }
        while (cost < TURNS_COST_MAX && !intakes_are_full(&w->intakes) &&
               (one = streams_serve_next(w->streams)) > 0) {
                cost += one;
                after_serving(w);
        }
}

static void serve(Worker *w, struct epoll_event *events, unsigned n) {
        w->streams->takes_turns = n > EVENTS_FEW || streams_waiting(w->streams) > 0;
        dispatch(w, events, n);
        if (w->streams->takes_turns)
                serve_in_turn(w, events, n);
        if (_unlikely_(atomic_load_explicit(&w->streams->n_greeting, memory_order_relaxed) > 0))
                w->has_handshakes = streams_shake_hands(w->streams);
}

/*
 * Where some have no room: mail tells when they have, as far as it is not there by now. A stream with a
 * backlog may also wait for receipts of its former route.
 */
static unsigned wait_for_events(Worker *w, struct epoll_event *events, int timeout) {
        MailboxGroup *group = &w->workers->group;
        unsigned n;

        if (_likely_(!intakes_any_is_full(&w->intakes) && !w->streams->blocked))
                return loop_wait(&w->loop, events, timeout);

        atomic_fetch_add(&group->n_waiting, 1);
        n = loop_wait(&w->loop, events,
                      intakes_check_room(&w->intakes) ? 0 : limit_timeout(timeout));
        atomic_fetch_sub(&group->n_waiting, 1);
        return n;
}

static void wait_and_serve(Worker *w) {
        struct epoll_event events[LOOP_EVENTS_MAX];
        int timeout = timer_wheel_timeout(&w->loop.timers, w->loop.now_usec);
        FlushAction action;
        bool has_input;
        unsigned n;

        if (intakes_are_full(&w->intakes)) {
                wait_for_room(w, timeout);
                return;
        }
        timeout = w->flush_wanted || intakes_open(&w->intakes) == FLUSH_OPEN_PATIENT ||
                                  streams_waiting(w->streams) > 0 || w->has_handshakes
                          ? 0
                          : datagrams_timeout(w->datagrams, timeout);
        n = wait_for_events(w, events, timeout);
        set_clock(w);
        has_input = n > 0 || streams_waiting(w->streams) > 0;
        if (!has_input || w->flush_wanted) {
                action = next_action(w, FLUSH_WOKEN, has_input);
                if (action == FLUSH_WAIT)
                        w->n_flush_delayed += w->flush_wanted;
                write_and_flush(w, action);
        }
        w->has_handshakes = false;
        serve(w, events, n);
}

static void pass_gate(Worker *w) {
        acceptor_close_leaving(&w->acceptor);
        hand_over(w);
        w->gate_wanted = false;
        pulse_wait(&w->loop.pulse);
        gate_pass(&w->workers->gate);
        pulse_go(&w->loop.pulse);
        loop_set_clock(&w->loop);
        set_clock(w);
        if (!w->changed)
                return;

        /* They were admitted by the former settings. */
        take_handed_over(w);
        worker_change_in_thread(w);
}

static void answer_inquiry(Worker *w) {
        w->inquired = false;
        inquiry_answer(&w->workers->inquiry, &w->answered_round, w);
}

/* Writes what was read, or leaves it to a later wake-up, which then writes more at once. */
static void end_wake_up(Worker *w) {
        FlushAction action = next_action(w, FLUSH_SERVED, false);

        if (action == FLUSH_WAIT)
                w->n_write_delayed++;
        write_and_flush(w, action);
        intakes_release_buffers(&w->intakes);
        streams_free_unused(w->streams);
}

static void wake_up(Worker *w) {
        wait_and_serve(w);
        loop_run_timers(&w->loop);
        datagrams_poll(w->datagrams);
        (void)intakes_check_room(&w->intakes);
        streams_resume(w->streams);
        if (w->streams->partial_over)
                streams_limit_partial(w->streams);
        if (w->state == WORKER_DRAINING)
                worker_drain_continue(w);
        if (w->gate_wanted)
                pass_gate(w);
        if (w->datagrams->n_leaving > 0)
                datagrams_leave(w->datagrams);
        if (w->inquired)
                answer_inquiry(w);
        end_wake_up(w);
        if (w->state == WORKER_ENDING)
                worker_drain_end(w);
}

static void *worker_run(void *userdata) {
        Worker *w = userdata;

        capability_drop();
        while (w->state != WORKER_DONE)
                wake_up(w);
        doorbell_ring(&w->workers->ended);
        return NULL;
}

static int make_parts(Worker *w) {
        w->peers = peers_new();
        if (!w->peers)
                return -ENOMEM;

        w->streams = streams_new(&w->loop, &w->intakes, w->workers->admission, w->workers->pace,
                                 w->peers);
        w->datagrams = datagrams_new(&w->loop, &w->intakes, w->workers->pace, w->peers,
                                     w->workers->own_ports);
        if (!w->streams || !w->datagrams)
                return -ENOMEM;

        w->sink.add = add_connection;
        acceptor_init(&w->acceptor, &w->loop, w->workers->admission, w->peers, &w->sink);
        return 0;
}

int worker_init(Worker *w, Workers *workers, unsigned index, uint32_t salt) {
        int r;

        *w = (Worker){
                .workers = workers,
                .loop.epoll_fd = -EBADF,
                .mailbox.doorbell = DOORBELL_NONE,
                .mail_source.on_event = on_mail,
        };
        handover_init(&w->handover);
        intakes_init(&w->intakes, &w->mailbox, index, salt);
        r = mailbox_init(&w->mailbox);
        if (r >= 0)
                r = loop_init(&w->loop);
        if (r >= 0)
                r = loop_add(&w->loop, w->mailbox.doorbell.fd, EPOLLIN, &w->mail_source);
        return r < 0 ? r : make_parts(w);
}

int worker_start(Worker *w) {
        int r = pthread_create(&w->thread, NULL, worker_run, w);

        w->started = r == 0;
        return -r;
}

void worker_join(Worker *w) {
        if (w->started)
                (void)pthread_join(w->thread, NULL); /* the thread exists and is joined once */
        w->started = false;
}

void worker_done(Worker *w) {
        w->streams = streams_free(w->streams);
        w->datagrams = datagrams_free(w->datagrams);
        intakes_done(&w->intakes);
        w->peers = peers_free(w->peers);
        handover_done(&w->handover);
        loop_done(&w->loop);
        mailbox_done(&w->mailbox);
}
