/* SPDX-License-Identifier: MIT */
/*
 * Accepting. At the limit a socket is not polled: who connects then waits in the kernel's queue.
 */

#include "daemon/listener_socket.h"

#include "core/macro.h"
#include "daemon/listener.h"
#include "daemon/quota.h"
#include "daemon/socket.h"
#include "daemon/worker.h"
#include <errno.h>
#include <sys/socket.h>

/* Per wake-up, so that the streams get their turn. */
#define ACCEPT_MAX 64
#define PAUSE_USEC USEC_PER_SEC

ListenerSocket *listener_socket_new(Protocol protocol, int fd, const Address *local, char *name) {
        ListenerSocket *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;

        s->protocol = protocol;
        s->fd = fd;
        s->local = *local;
        s->name = name;
        return s;
}

ListenerSocket *listener_socket_free(ListenerSocket *s) {
        if (!s)
                return NULL;

        closep(&s->fd);
        free(s->name);
        free(s);
        return NULL;
}

/* Somebody wanted in and it is too late to let him wait: says so once in a while. */
static void refuse(ListenerSocket *s, int fd, const Address *peer) {
        Listener *l = s->listener;
        char text[ADDRESS_TEXT_MAX];
        unsigned n;

        (void)close(fd); /* nothing was written to it */
        counter_add(&l->stats.connections_refused, 1);
        peers_note(s->worker->peers, &(Peer){ .address = *peer,
                                              .refused = 1,
                                              .last_seen_usec = s->worker->intake.time.usec });
        if (!log_rate_allows(&l->refused_rate, s->worker->now_usec, &n))
                return;

        (void)address_format(peer, text);
        (void)log_event(
                EVENT_PEER_REFUSED, l->config->name, LOG_WARNING, 0,
                "listener %s: %s has limits.connections_per_peer streams already, closing the "
                "new one "
                "(%u more since the last such line)",
                l->config->name, text, n);
}

void listener_socket_reject(ListenerSocket *s, int fd, const Address *peer) {
        (void)close(fd); /* out of memory: nothing was written to it */
        (void)quota_give_stream(s->worker->quota, peer);
        atomic_fetch_sub(&s->n_streams, 1);
}

static void admit(ListenerSocket *s, int fd, const Address *peer) {
        Worker *w = s->worker;

        if (quota_take_stream(w->quota, peer) != QUOTA_TAKEN) {
                refuse(s, fd, peer);
                return;
        }
        atomic_fetch_add(&s->n_streams, 1);
        if (worker_hand_over(w, s, fd, peer) < 0)
                listener_socket_reject(s, fd, peer);
}

/* Out of descriptors or memory: trying again at once would only spin. */
static void pause_accepting(ListenerSocket *s, int error) {
        unsigned n;

        timer_set(&s->worker->wheel, &s->pause, s->worker->now_usec + PAUSE_USEC);
        if (log_rate_allows(&s->listener->accept_rate, s->worker->now_usec, &n))
                (void)log_event(EVENT_CANNOT_ACCEPT, s->listener->config->name, LOG_WARNING, error,
                                "listener %s: cannot accept, trying again each second",
                                s->listener->config->name);
}

/*
 * Returns 1 when there may be more to accept, 0 when not, or negative errno when accepting has to
 * pause.
 */
static int accept_one(ListenerSocket *s) {
        struct sockaddr_storage sa;
        socklen_t size = sizeof(sa);
        Address peer;
        int fd = accept4(s->fd, (struct sockaddr *)&sa, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
                switch (errno) {
                case EAGAIN:
                        return 0;
                case EMFILE:
                case ENFILE:
                case ENOMEM:
                case ENOBUFS:
                        return -errno;
                default:
                        return 1; /* that one connection is broken already (accept(2)) */
                }

        if (address_from_sockaddr((struct sockaddr *)&sa, &peer) < 0)
                (void)close(fd); /* not a family we listen on */
        else
                admit(s, fd, &peer);
        return 1;
}

static void accept_some(ListenerSocket *s, unsigned max) {
        int r = 1;

        while (r > 0 && max-- > 0 && quota_has_place(s->worker->quota))
                r = accept_one(s);
        if (r < 0)
                pause_accepting(s, r);
}

static void listener_socket_on_event(Source *source, uint32_t events _unused_) {
        ListenerSocket *s = (ListenerSocket *)source;

        accept_some(s, ACCEPT_MAX);
        listener_socket_update(s);
}

static void on_pause_over(Timer *t) {
        listener_socket_update(CONTAINER_OF(t, ListenerSocket, pause));
}

void listener_socket_update(ListenerSocket *s) {
        bool wanted = quota_has_place(s->worker->quota) && !timer_is_set(&s->pause);

        if (s->fd < 0 || wanted == s->polled)
                return;

        /* Cannot fail for a descriptor that the poller knows. */
        (void)poller_change(s->worker->epoll_fd, s->fd, wanted ? EPOLLIN : 0, &s->source);
        s->polled = wanted;
        /* A place may have become free between the look and the change. */
        if (!wanted && quota_has_place(s->worker->quota) && !timer_is_set(&s->pause))
                listener_socket_update(s);
}

static int serve_stream_socket(ListenerSocket *s, Worker *w) {
        int r = poller_add(w->epoll_fd, s->fd, EPOLLIN, &s->source);

        if (r < 0)
                return r;

        s->source.on_event = listener_socket_on_event;
        s->pause.on_timer = on_pause_over;
        s->polled = true;
        s->next_served = w->listeners;
        w->listeners = s;
        return 0;
}

int listener_socket_serve(ListenerSocket *s, Worker *w) {
        int r = s->protocol == PROTOCOL_TCP ? serve_stream_socket(s, w)
                                            : worker_serve_datagrams(w, s);

        if (r < 0)
                return r;

        s->worker = w;
        return 0;
}

static void stop(ListenerSocket *s, bool accept_waiting) {
        if (s->fd < 0)
                return;

        timer_cancel(&s->worker->wheel, &s->pause);
        if (accept_waiting)
                accept_some(s, SOCKET_BACKLOG);
        timer_cancel(&s->worker->wheel, &s->pause);
        /* The service manager may have the same socket open: closing it would not do. */
        poller_remove(s->worker->epoll_fd, s->fd);
        closep(&s->fd);
        s->fd = -EBADF;
}

void listener_socket_stop(ListenerSocket *s) {
        stop(s, !s->held);
}

void listener_socket_leave(ListenerSocket *s) {
        ListenerSocket **p = &s->worker->listeners;

        while (*p != s)
                p = &(*p)->next_served;
        *p = s->next_served;
        accept_some(s, SOCKET_BACKLOG);
        /* The service manager may take a moment to close what it had in store. */
        (void)shutdown(s->fd, SHUT_RDWR);
        stop(s, false);
}
