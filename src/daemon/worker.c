/* SPDX-License-Identifier: MIT */
/* The loop: wait, serve, hand over, answer. */

#include "daemon/worker.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/committer.h"
#include "daemon/datagram.h"
#include "daemon/datagram_poll.h"
#include "daemon/inquiry.h"
#include "daemon/listener_socket.h"
#include "daemon/quota.h"
#include "daemon/server.h"
#include "daemon/stream.h"
#include "daemon/stream_end.h"
#include "daemon/worker_answer.h"
#include "daemon/worker_change.h"
#include "daemon/worker_drain.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* Bytes from streams after which a wake-up hands over what it has. */
#define STEP_SIZE (1024 * 1024)
/* So many wake-ups messages may wait for more of them before they are written. */
#define WRITE_LATER_MAX 16
/* So long a worker that found no memory waits before it looks again. */
#define MEMORY_MSEC 100

bool worker_is_own_udp_port(const Worker *w, uint16_t port) {
        return server_is_own_udp_port(w->server, port);
}

void worker_place_is_free(const Worker *w) {
        mailbox_group_signal(&w->server->group, MAIL_ACCEPT);
}

/* The least busy worker, this one when they are equal. */
int worker_hand_over(Worker *w, ListenerSocket *origin, int fd, const Address *peer) {
        Worker *best = w;

        for (size_t i = 0; i < w->server->n_workers; i++) {
                Worker *other = &w->server->workers[i];

                if (atomic_load_explicit(&other->n_streams, memory_order_relaxed) <
                    atomic_load_explicit(&best->n_streams, memory_order_relaxed))
                        best = other;
        }

        if (best == w)
                return stream_new(w, origin, fd, peer);
        return mailbox_post_stream(&best->mailbox,
                                   &(MailStream){ .fd = fd, .origin = origin, .peer = *peer });
}

static void take_handed_over(Worker *w) {
        _cleanup_free_ MailStream *streams = NULL;
        size_t n = mailbox_take_streams(&w->mailbox, &streams);

        for (size_t i = 0; i < n; i++)
                if (stream_new(w, streams[i].origin, streams[i].fd, &streams[i].peer) < 0)
                        listener_socket_reject(streams[i].origin, streams[i].fd, &streams[i].peer);
}

static void release_held(StreamList *l) {
        for (Stream *s = l->first, *next; s; s = next) {
                next = s->next;
                stream_release(s);
        }
}

void worker_release_held(Worker *w) {
        if (intake_outputs_fail(&w->intake))
                return;

        release_held(&w->streams);
        release_held(&w->resting);
}

static void take_mail(Worker *w) {
        unsigned signals = mailbox_take(&w->mailbox);

        if (signals & MAIL_STREAMS)
                take_handed_over(w);
        if (signals & MAIL_ACCEPT)
                for (ListenerSocket *s = w->listeners; s; s = s->next_served)
                        listener_socket_update(s);
        if (signals & MAIL_ROOM)
                worker_release_held(w);
        if (signals & MAIL_GATE)
                w->gate_wanted = true;
        if (signals & MAIL_INQUIRY)
                w->asked = true;
        if (signals & MAIL_STOP)
                worker_drain_start(w);
        if (signals & MAIL_GIVE_UP)
                worker_drain_give_up(w);
}

static void on_mail(Source *source, uint32_t events _unused_) {
        take_mail(CONTAINER_OF(source, Worker, mail_source));
}

/*
 * While an output has no room only mail and timers count: nothing more can be taken in. Nobody sends
 * mail when it is memory that there is again.
 */
static void wait_for_room(Worker *w, int timeout) {
        struct pollfd fd = { .fd = w->mailbox.doorbell.fd, .events = POLLIN };

        atomic_fetch_add(&w->server->group.n_waiting, 1);
        committer_request(w->server->committer, COMMITTER_NOW);
        /* Room that came before we were counted is seen now, later room is told by mail. */
        pulse_wait(&w->pulse);
        if (timeout < 0 || timeout > MEMORY_MSEC)
                timeout = MEMORY_MSEC;
        if (!intake_check_room(&w->intake) && poll(&fd, 1, timeout) > 0)
                take_mail(w);
        pulse_go(&w->pulse);
        atomic_fetch_sub(&w->server->group.n_waiting, 1);
}

static void set_clock(Worker *w) {
        w->now_usec = w->intake.now_usec = clock_monotonic();
        record_time_set(&w->intake.time, clock_realtime());
}

static void hand_over(Worker *w) {
        intake_commit(&w->intake);
        worker_answer(w);
        w->n_read = 0;
        w->n_written_later = 0;
}

/* After each step of a long wake-up outputs go to work while the rest is served. */
static void serve(Worker *w, const struct epoll_event *events, int n) {
        /* Once an output has no room, what is left is reported again when it has. */
        for (int i = 0; i < n && !w->intake.full; i++) {
                Source *s = events[i].data.ptr;

                s->on_event(s, events[i].events);
                if (w->n_read < STEP_SIZE || intake_can_wait(&w->intake))
                        continue;
                hand_over(w);
                if (w->flush_wanted)
                        committer_request(w->server->committer, COMMITTER_EARLY);
        }
}

static void wait_and_serve(Worker *w) {
        struct epoll_event events[POLLER_EVENTS_MAX];
        int timeout = timer_wheel_timeout(&w->wheel, w->now_usec), n;

        if (w->intake.full) {
                w->flush_wanted = false; /* asked for there */
                wait_for_room(w, timeout);
                set_clock(w);
                return;
        }
        timeout = w->flush_wanted || intake_can_wait(&w->intake)
                          ? 0
                          : datagram_poll_timeout(w, timeout);

        pulse_wait(&w->pulse);
        n = epoll_wait(w->epoll_fd, events, ELEMENTSOF(events), timeout);
        pulse_go(&w->pulse);
        set_clock(w);
        if (w->flush_wanted)
                worker_answer_flush(w, n > 0);
        if (n == 0)
                hand_over(w);
        serve(w, events, n);
}

static void run_timers(Worker *w) {
        Timer *t;

        while ((t = timer_wheel_next(&w->wheel, w->now_usec)))
                t->on_timer(t);
}

/*
 * Streams are freed here and nowhere else, so an event that was reported with the others finds its
 * stream.
 */
static void bury_dead(Worker *w) {
        while (w->dead.first) {
                Stream *s = w->dead.first;

                stream_list_remove(&w->dead, s);
                (void)stream_free(s);
        }
}

/* A buffer is written when it is full or when no input waits, if nobody waits for a receipt. */
static bool may_write_later(Worker *w) {
        return w->state == WORKER_SERVING && !w->intake.full && intake_can_wait(&w->intake) &&
               w->n_written_later++ < WRITE_LATER_MAX;
}

static void pass_gate(Worker *w) {
        hand_over(w);
        w->gate_wanted = false;
        pulse_wait(&w->pulse);
        gate_pass(&w->server->gate);
        pulse_go(&w->pulse);
        set_clock(w);
        if (w->changed)
                worker_change_adapt(w);
}

static void answer_inquiry(Worker *w) {
        w->asked = false;
        inquiry_answer(&w->server->inquiry, &w->answered_round, w);
}

static void wake_up(Worker *w) {
        wait_and_serve(w);
        run_timers(w);
        datagram_poll_all(w);
        if (w->intake.full)
                (void)intake_check_room(&w->intake);
        if (w->stalled && !w->intake.full)
                stream_resume_backlog(TAKE_PTR(w->stalled));
        if (w->rests_over)
                stream_end_oldest_rest(w);
        if (w->state == WORKER_DRAINING)
                worker_drain_go_on(w);
        if (w->gate_wanted)
                pass_gate(w);
        if (w->n_leaving > 0)
                worker_change_go_on(w);
        if (w->asked)
                answer_inquiry(w);
        if (!may_write_later(w))
                hand_over(w);
        intake_rest(&w->intake);
        bury_dead(w);
        if (w->state == WORKER_ENDING)
                worker_drain_end(w);
}

static void *worker_run(void *userdata) {
        Worker *w = userdata;

        while (w->state != WORKER_DONE)
                wake_up(w);
        server_worker_has_ended(w->server);
        return NULL;
}

int worker_serve_datagrams(Worker *w, ListenerSocket *s) {
        Datagram *d = NULL; /* gcc 13 takes it for uninitialized */
        int r;

        if (!w->batch)
                w->batch = datagram_batch_new();
        if (!w->batch)
                return -ENOMEM;

        r = datagram_new(w, s, &d);
        if (r < 0)
                return r;

        d->next = w->datagrams;
        w->datagrams = d;
        return 0;
}

int worker_init(Worker *w, Server *server, unsigned index, const Id *first_id) {
        int r;

        w->server = server;
        w->index = index;
        w->quota = server->quota;
        w->mail_source.on_event = on_mail;
        r = mailbox_init(&w->mailbox);
        if (r < 0)
                return r;

        w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (w->epoll_fd < 0)
                return -errno;

        r = poller_add(w->epoll_fd, w->mailbox.doorbell.fd, EPOLLIN, &w->mail_source);
        if (r < 0)
                return r;

        w->read_buffer = malloc(WORKER_READ_SIZE);
        w->send_buffer = malloc(WORKER_SEND_SIZE);
        if (!w->read_buffer || !w->send_buffer)
                return -ENOMEM;

        w->peers = peers_new();
        if (!w->peers)
                return -ENOMEM;

        r = intake_init(&w->intake, &w->mailbox, index, first_id);
        if (r < 0)
                return r;

        set_clock(w);
        timer_wheel_init(&w->wheel, w->now_usec);
        return 0;
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

static void free_streams(StreamList *l) {
        while (l->first) {
                Stream *s = l->first;

                if (s->state != STREAM_DEAD) {
                        stream_end_abort(s, "stopped");
                        continue;
                }
                stream_list_remove(l, s);
                (void)stream_free(s);
        }
}

void worker_done(Worker *w) {
        if (!w->server)
                return;

        free_streams(&w->resting);
        free_streams(&w->streams);
        free_streams(&w->named);
        free_streams(&w->dead);
        while (w->datagrams) {
                Datagram *d = w->datagrams;

                w->datagrams = d->next;
                (void)datagram_free(d);
        }
        w->batch = datagram_batch_free(w->batch);
        intake_done(&w->intake);
        w->peers = peers_free(w->peers);
        free(TAKE_PTR(w->read_buffer));
        free(TAKE_PTR(w->send_buffer));
        mailbox_done(&w->mailbox);
        closep(&w->epoll_fd);
}
