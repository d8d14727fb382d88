/* SPDX-License-Identifier: MIT */
/* accept(2) and its errors. */

#include "daemon/net/acceptor.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/loop/loop.h"
#include "daemon/net/access.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/socket.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* Connections accepted per wake-up, so that streams are served in between. */
#define ACCEPT_MAX 64
#define PAUSE_USEC USEC_PER_SEC
/* How often it is looked whether limits.memory has room again. */
#define ROOM_USEC (100 * USEC_PER_MSEC)
/* For a handshake that has begun; on Linux, SYN+ACK is sent again after a second. */
#define LEAVE_USEC USEC_PER_SEC
/* So many broken connections in a row, and no other, are a lasting error. */
#define BROKEN_MAX 64

/*
 * What accept4() returned: a connection, or an error of one connection, which the next call does not
 * return again; nothing more to accept; or a lasting error.
 */
typedef enum Accepted {
        ACCEPTED_ONE,
        ACCEPTED_BROKEN,
        ACCEPTED_NOTHING,
        ACCEPTED_ERROR, /* accepting pauses */
} Accepted;

static void deny(ListenerSocket *s, int fd, const Address *peer, AccessVerdict v) {
        const Acceptor *a = s->acceptor;

        socket_reset_on_close(fd);
        (void)close(fd); /* nothing was written to it */
        listener_note_denied(s->listener, &s->listener->stats.connections_denied, peer,
                             access_text(v), a->loop->now_usec);
        peers_note(
                a->peers,
                &(Peer){ .address = *peer, .denied = 1, .last_seen_usec = a->loop->realtime_usec });
}

/* It is accepted already, so the kernel cannot queue it. */
static void reject(ListenerSocket *s, int fd, const Address *peer, AdmissionVerdict v) {
        const Acceptor *a = s->acceptor;
        char reason[ADMISSION_REASON_MAX];

        (void)close(fd); /* nothing was written to it */
        admission_format_reason(a->admission, v, reason);
        listener_note_rejected(s->listener, peer, reason, a->loop->now_usec);
        peers_note(a->peers, &(Peer){ .address = *peer,
                                      .refused = 1,
                                      .last_seen_usec = a->loop->realtime_usec });
}

static void add(ListenerSocket *s, int fd, const Address *peer, PeerKind kind) {
        atomic_fetch_add(&s->n_streams, 1);
        socket_set_up_connection(fd, s->at.protocol);
        s->acceptor->sink->add(s->acceptor->sink, s, fd, peer, kind);
}

/* Looks at the lists. Returns false if FD was closed. */
static bool may_speak(ListenerSocket *s, int fd, const struct sockaddr_storage *sa, Address *ret) {
        AccessVerdict v;

        if (socket_peer(fd, s->at.protocol, sa, ret) < 0) {
                (void)close(fd); /* nobody knows who it is */
                return false;
        }
        v = access_decide_peer(s->listener->access, ret);
        if (v != ACCESS_ALLOWED)
                deny(s, fd, ret, v);
        return v == ACCESS_ALLOWED;
}

/* Returns whether it keeps its place. */
static bool admit(ListenerSocket *s, int fd, const struct sockaddr_storage *sa) {
        Acceptor *a = s->acceptor;
        AdmissionVerdict v;
        Address peer;

        if (!may_speak(s, fd, sa, &peer))
                return false;
        if (access_has_proxies(s->listener->access)) {
                admission_note_accepted(a->admission, a->loop->now_usec);
                add(s, fd, &peer, PEER_PROXY);
                return true;
        }

        v = admission_decide(a->admission, &peer, a->loop->now_usec);
        if (v == ADMISSION_ADMITTED)
                add(s, fd, &peer, PEER_CLIENT);
        else
                reject(s, fd, &peer, v);
        return v == ADMISSION_ADMITTED;
}

/*
 * Not polled until the pause is over: trying again at once would only spin. A socket that is broken
 * would be reported even without events, so it leaves the loop.
 */
static void pause_accepting(ListenerSocket *s, int error) {
        Loop *loop = s->acceptor->loop;

        timer_set(&loop->timers, &s->pause, loop->now_usec + PAUSE_USEC);
        if (s->polled)
                loop_remove(loop, s->fd);
        s->polled = false;
        counter_add(&s->listener->stats.accept_errors, 1);
        log_event_limited(&s->listener->accept_rate, loop->now_usec, EVENT_CANNOT_ACCEPT,
                          s->listener->config->name, LOG_WARNING, error,
                          "listener %s: cannot accept, retrying every second",
                          s->listener->config->name);
}

static Accepted judge(int error) {
        switch (error) {
        case EAGAIN:
                return ACCEPTED_NOTHING;
        case EINTR:
        /* Of the network (accept(2)), or the connection is gone already. */
        case ECONNABORTED:
        case ECONNRESET:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENETUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case EPROTO:
        case ETIMEDOUT:
        /* Firewall rules forbid this one. */
        case EPERM:
                return ACCEPTED_BROKEN;
        default:
                return ACCEPTED_ERROR;
        }
}

/* A place is taken. RET_ERROR: negative errno if accepting is to pause. */
static Accepted accept_one(ListenerSocket *s, int *ret_error) {
        struct sockaddr_storage sa;
        socklen_t size = sizeof(sa);
        int fd = accept4(s->fd, (struct sockaddr *)&sa, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0) {
                *ret_error = -errno;
                admission_give_back(s->acceptor->admission, NULL);
                return judge(-*ret_error);
        }

        if (!admit(s, fd, &sa))
                admission_give_back(s->acceptor->admission, NULL);
        /* The lowest free number was taken: as many descriptors are open. */
        *ret_error = -EMFILE;
        return fd < s->acceptor->descriptors_max ? ACCEPTED_ONE : ACCEPTED_ERROR;
}

/* A network error that each connection has is a lasting one: it must not keep the worker busy. */
static void accept_some(ListenerSocket *s, unsigned max) {
        while (max-- > 0 && admission_take_place(s->acceptor->admission)) {
                int error;
                Accepted a = accept_one(s, &error);

                s->n_broken = a == ACCEPTED_BROKEN ? s->n_broken + 1 : 0;
                if (s->n_broken == BROKEN_MAX)
                        a = ACCEPTED_ERROR;
                if (a == ACCEPTED_ERROR) {
                        s->n_broken = 0;
                        pause_accepting(s, error);
                }
                if (a == ACCEPTED_ERROR || a == ACCEPTED_NOTHING)
                        return;
        }
}

/* Returns false if there was nothing to accept. */
static bool refuse_one(ListenerSocket *s, AdmissionVerdict v) {
        struct sockaddr_storage sa;
        socklen_t size = sizeof(sa);
        int fd = accept4(s->fd, (struct sockaddr *)&sa, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        Address peer;

        if (fd < 0)
                return judge(errno) == ACCEPTED_BROKEN;
        if (may_speak(s, fd, &sa, &peer))
                reject(s, fd, &peer, v);
        return true;
}

/* The queue ends with the socket: what the limits do not permit now is refused, rather than reset. */
static void accept_rest(ListenerSocket *s) {
        Acceptor *a = s->acceptor;
        uint64_t wait, left = admission_left(a->admission, a->loop->now_usec, &wait);
        unsigned max = SOCKET_BACKLOG;

        timer_cancel(&a->loop->timers, &s->pause);
        socket_end_input(s->fd, &s->at);
        accept_some(s, (unsigned)MIN(left, (uint64_t)max));
        if (timer_is_set(&s->pause) || (admission_has_place(a->admission) && left > max))
                return;
        while (max-- > 0 &&
               refuse_one(s, admission_has_place(a->admission) ? ADMISSION_FAST : ADMISSION_FULL))
                ;
}

static bool may_accept(const ListenerSocket *s) {
        return admission_has_place(s->acceptor->admission) && !timer_is_set(&s->pause);
}

static void update_interest(ListenerSocket *s) {
        Loop *loop = s->acceptor->loop;
        bool wanted = may_accept(s);
        int r;

        if (s->fd < 0 || wanted == s->polled)
                return;

        if (wanted) {
                r = loop_add(loop, s->fd, EPOLLIN, &s->source);
                if (r < 0) {
                        pause_accepting(s, r);
                        return;
                }
        } else
                loop_remove(loop, s->fd);
        s->polled = wanted;
        /* A place may have become free between the check and the change. */
        if (!wanted && may_accept(s))
                update_interest(s);
}

/* Above limits.connection_rate, or what limits.memory holds, connections wait in the kernel's queue. */
static void acceptor_on_event(Source *source, uint32_t events _unused_) {
        ListenerSocket *s = (ListenerSocket *)source;
        Loop *loop = s->acceptor->loop;
        uint64_t wait, left = admission_left(s->acceptor->admission, loop->now_usec, &wait);

        if (!s->polled)
                return; /* it was, when this event was reported */

        if (s->listener->tls) {
                const uint64_t room = admission_tls_left(s->acceptor->admission,
                                                         listener_tls_size(s->listener->config));

                wait = room == 0 ? ROOM_USEC : wait;
                left = MIN(left, room);
        }
        if (left > 0)
                accept_some(s, (unsigned)MIN(left, (uint64_t)ACCEPT_MAX));
        else
                timer_set(&loop->timers, &s->pause, loop->now_usec + wait);
        update_interest(s);
}

/* Whether only the reserve is left. */
static bool descriptors_are_short(const ListenerSocket *s) {
        int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0); /* the lowest free number */

        if (fd < 0)
                return errno == EMFILE;

        (void)close(fd); /* one of two references: nothing happens */
        return fd >= s->acceptor->descriptors_max;
}

static void on_pause_over(Timer *t) {
        ListenerSocket *s = CONTAINER_OF(t, ListenerSocket, pause);

        if (descriptors_are_short(s))
                pause_accepting(s, -EMFILE);
        else
                update_interest(s);
}

/* Closing alone would not remove it from the loop: the service manager may have it open, too. */
static void stop_listening(ListenerSocket *s) {
        timer_cancel(&s->acceptor->loop->timers, &s->pause);
        timer_cancel(&s->acceptor->loop->timers, &s->leave);
        loop_remove(s->acceptor->loop, s->fd);
        closep(&s->fd);
        s->fd = -EBADF;
}

/* LINK: from the one before it. */
static void close_leaving(ListenerSocket **link) {
        ListenerSocket *s = *link;

        *link = s->next_served;
        accept_rest(s);
        /* The service manager may take a moment to close its copy. */
        (void)shutdown(s->fd, SHUT_RDWR);
        stop_listening(s);
}

static void on_leave(Timer *t) {
        const ListenerSocket *s = CONTAINER_OF(t, ListenerSocket, leave);
        ListenerSocket **p = &s->acceptor->first;

        while (*p != s)
                p = &(*p)->next_served;
        close_leaving(p);
}

/* RLIMIT_NOFILE less the reserve: of a low limit, a quarter. */
static int descriptors_max(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
                return INT_MAX;

        return (int)(limit.rlim_cur - MIN(limit.rlim_cur / 4, (rlim_t)ACCEPTOR_RESERVE));
}

void acceptor_init(Acceptor *a, Loop *loop, Admission *admission, Peers *peers,
                   AcceptorSink *sink) {
        *a = (Acceptor){ loop, admission, peers, sink, descriptors_max(), NULL };
}

int acceptor_add(Acceptor *a, ListenerSocket *s) {
        int r = loop_add(a->loop, s->fd, EPOLLIN, &s->source);

        if (r < 0)
                return r;

        s->source.on_event = acceptor_on_event;
        s->pause.on_timer = on_pause_over;
        s->leave.on_timer = on_leave;
        s->acceptor = a;
        s->served = s->polled = true;
        s->next_served = a->first;
        a->first = s;
        return 0;
}

void acceptor_update(Acceptor *a) {
        for (ListenerSocket *s = a->first; s; s = s->next_served)
                update_interest(s);
}

void acceptor_stop(Acceptor *a) {
        for (ListenerSocket *s = a->first; s; s = s->next_served) {
                if (!s->stored)
                        accept_rest(s);
                stop_listening(s);
        }
        a->first = NULL;
}

void acceptor_close_leaving(Acceptor *a) {
        for (ListenerSocket **p = &a->first; *p;) {
                if ((*p)->leaving)
                        close_leaving(p);
                else
                        p = &(*p)->next_served;
        }
}

void acceptor_reconfigure(Acceptor *a) {
        for (ListenerSocket **p = &a->first; *p;) {
                ListenerSocket *s = *p;

                if (s->leaving && !s->replaced) {
                        close_leaving(p);
                        continue;
                }
                if (s->leaving)
                        timer_set(&a->loop->timers, &s->leave, a->loop->now_usec + LEAVE_USEC);
                update_interest(s); /* limits.connections may have changed */
                p = &s->next_served;
        }
}
