/* SPDX-License-Identifier: MIT */
/* accept(2) and its errors. */

#include "daemon/net/acceptor.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/loop/loop.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/socket.h"
#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

/* Connections accepted per wake-up, so that streams are served in between. */
#define ACCEPT_MAX 64
#define PAUSE_USEC USEC_PER_SEC

/*
 * Closes a connection that is over its limit: it is accepted already, so the kernel cannot queue
 * it. Logged at a limited rate.
 */
static void reject(ListenerSocket *s, int fd, const Address *peer, const char *reason) {
        const Acceptor *a = s->acceptor;
        Listener *l = s->listener;
        char text[ADDRESS_TEXT_MAX];

        (void)close(fd); /* nothing was written to it */
        counter_add(&l->stats.connections_refused, 1);
        peers_note(a->peers, &(Peer){ .address = *peer,
                                      .refused = 1,
                                      .last_seen_usec = a->loop->realtime_usec });
        (void)address_format(peer, text);
        log_event_limited(&l->refused_rate, a->loop->now_usec, EVENT_PEER_REFUSED, l->config->name,
                          0, "listener %s: %s: %s, connection rejected", l->config->name, text,
                          reason);
}

static void admit(ListenerSocket *s, int fd, const Address *peer) {
        Acceptor *a = s->acceptor;
        char reason[64];

        switch (admission_decide(a->admission, peer)) {
        case ADMISSION_ADMITTED:
                atomic_fetch_add(&s->n_streams, 1);
                a->sink->add(a->sink, s, fd, peer);
                break;
        case ADMISSION_PEER_FULL:
                (void)snprintf(reason, sizeof(reason),
                               "limits.connections_per_peer (%" PRIu64 ") reached",
                               admission_peer_max(a->admission));
                reject(s, fd, peer, reason);
                break;
        case ADMISSION_NO_MEMORY:
                reject(s, fd, peer, "out of memory");
                break;
        }
}

/* Out of descriptors or memory: trying again at once would only spin. */
static void pause_accepting(ListenerSocket *s, int error) {
        Loop *loop = s->acceptor->loop;

        timer_set(&loop->timers, &s->pause, loop->now_usec + PAUSE_USEC);
        log_event_limited(&s->listener->accept_rate, loop->now_usec, EVENT_CANNOT_ACCEPT,
                          s->listener->config->name, error,
                          "listener %s: cannot accept, retrying every second",
                          s->listener->config->name);
}

/* Returns 1 if there may be more to accept, 0 if not, or negative errno to pause. */
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
                        return 1; /* this connection is broken already (accept(2)) */
                }

        if (address_from_sockaddr((struct sockaddr *)&sa, &peer) < 0)
                (void)close(fd); /* not a family we listen on */
        else
                admit(s, fd, &peer);
        return 1;
}

static void accept_some(ListenerSocket *s, unsigned max) {
        int r = 1;

        while (r > 0 && max-- > 0 && admission_has_place(s->acceptor->admission))
                r = accept_one(s);
        if (r < 0)
                pause_accepting(s, r);
}

static bool may_accept(const ListenerSocket *s) {
        return admission_has_place(s->acceptor->admission) && !timer_is_set(&s->pause);
}

static void update_interest(ListenerSocket *s) {
        bool wanted = may_accept(s);

        if (s->fd < 0 || wanted == s->polled)
                return;

        loop_change(s->acceptor->loop, s->fd, wanted ? EPOLLIN : 0, &s->source);
        s->polled = wanted;
        /* A place may have become free between the check and the change. */
        if (!wanted && may_accept(s))
                update_interest(s);
}

static void acceptor_on_event(Source *source, uint32_t events _unused_) {
        ListenerSocket *s = (ListenerSocket *)source;

        accept_some(s, ACCEPT_MAX);
        update_interest(s);
}

static void on_pause_over(Timer *t) {
        update_interest(CONTAINER_OF(t, ListenerSocket, pause));
}

int acceptor_add(Acceptor *a, ListenerSocket *s) {
        int r = loop_add(a->loop, s->fd, EPOLLIN, &s->source);

        if (r < 0)
                return r;

        s->source.on_event = acceptor_on_event;
        s->pause.on_timer = on_pause_over;
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

/* Closing alone would not remove it from the loop: the service manager may have it open, too. */
static void stop_listening(ListenerSocket *s) {
        timer_cancel(&s->acceptor->loop->timers, &s->pause);
        loop_remove(s->acceptor->loop, s->fd);
        closep(&s->fd);
        s->fd = -EBADF;
}

void acceptor_stop(Acceptor *a) {
        for (ListenerSocket *s = a->first; s; s = s->next_served) {
                timer_cancel(&a->loop->timers, &s->pause);
                if (!s->stored)
                        accept_some(s, SOCKET_BACKLOG);
                stop_listening(s);
        }
        a->first = NULL;
}

void acceptor_reconfigure(Acceptor *a) {
        for (ListenerSocket **p = &a->first; *p;) {
                ListenerSocket *s = *p;

                if (!s->leaving) {
                        update_interest(s); /* limits.connections may have changed */
                        p = &s->next_served;
                        continue;
                }
                *p = s->next_served;
                accept_some(s, SOCKET_BACKLOG);
                /* The service manager may take a moment to close its copy. */
                (void)shutdown(s->fd, SHUT_RDWR);
                stop_listening(s);
        }
}
