/* SPDX-License-Identifier: MIT */
/*
 * A connection ends in its timer only, never in a callback of its sd-bus. Messages of users who may
 * only query pass through a relay that limits their size.
 */

#include "daemon/control/control_socket.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/control/control_manager.h"
#include "daemon/control/control_relay.h"
#include "daemon/control/control_senders.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

/* How long a peer may take for its first message, and be silent after one: a reload takes time. */
#define FIRST_USEC (10 * USEC_PER_SEC)
#define SILENT_USEC (120 * USEC_PER_SEC)
/* A peer that does not read is disconnected when it calls while more answers than these wait. */
#define UNSENT_MAX 8
#define PAUSE_USEC USEC_PER_SEC
/* By default a quarter of a second, in which such a peer could send a lot. */
#define END_ACCURACY_USEC 1

struct ControlPeer {
        ControlSocket *socket;
        ControlPeer *next, **link; /* what points to this */
        sd_bus *bus;
        sd_event_source *end; /* a timer */
        ControlRelay relay;   /* not for the privileged */
        uid_t uid;
        bool privileged;
};

static void end_after(ControlPeer *p, uint64_t usec) {
        (void)sd_event_source_set_time_relative(p->end, usec); /* cannot fail */
}

static ControlPeer *peer_free(ControlPeer *p) {
        p->end = sd_event_source_disable_unref(p->end);
        control_relay_done(&p->relay);
        /* Not flushed, because that would wait for the peer. */
        p->bus = sd_bus_close_unref(p->bus);
        if (p->link) {
                *p->link = p->next;
                if (p->next)
                        p->next->link = p->link;
                p->socket->n--;
                p->socket->n_query -= !p->privileged;
        }
        free(p);
        return NULL;
}

DEFINE_CLEANUP(ControlPeer *, peer_free)

static int on_end(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        (void)peer_free(userdata);
        return 0;
}

static int on_disconnected(sd_bus_message *m _unused_, void *userdata,
                           sd_bus_error *error _unused_) {
        end_after(userdata, 0);
        return 0;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error _unused_) {
        ControlPeer *p = userdata;
        uint64_t unsent = 0;

        if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", NULL) > 0)
                return 0;
        control_relay_note_message(&p->relay);
        if (sd_bus_get_n_queued_write(p->bus, &unsent) >= 0 && unsent <= UNSENT_MAX) {
                end_after(p, SILENT_USEC);
                return 0;
        }
        end_after(p, 0);
        return 1; /* not answered */
}

/* Takes FD on success. The input of a relay needs a number of its own. */
static int set_descriptors(ControlPeer *p, int *fd, int *ret_input) {
        int input = p->privileged ? *fd : fcntl(*fd, F_DUPFD_CLOEXEC, 3), r;

        if (input < 0)
                return -errno;

        r = sd_bus_set_fd(p->bus, input, *fd);
        if (r < 0) {
                if (input != *fd)
                        closep(&input);
                return r;
        }
        TAKE_FD(*fd);
        *ret_input = input;
        return 0;
}

/* Authentication says nothing that the kernel does not say better, so any kind is accepted. */
static int open_bus(ControlPeer *p, int *fd) {
        sd_id128_t id;
        int input = -EBADF, r = sd_bus_new(&p->bus);

        if (r >= 0)
                r = set_descriptors(p, fd, &input);
        if (r >= 0)
                r = sd_id128_randomize(&id);
        if (r >= 0)
                r = sd_bus_set_server(p->bus, true, id);
        if (r >= 0)
                r = sd_bus_set_anonymous(p->bus, true);
        /* sd-bus would keep as many as a peer sends with a message that does not end. */
        if (r >= 0)
                r = sd_bus_negotiate_fds(p->bus, false);
        if (r >= 0)
                r = sd_bus_start(p->bus);
        /* From now on sd-bus knows who the peer is. */
        if (r >= 0 && !p->privileged)
                r = control_relay_start(&p->relay, p->socket->event, input);
        if (r >= 0)
                r = sd_bus_attach_event(p->bus, p->socket->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_add_filter(p->bus, NULL, on_message, p);
        if (r >= 0)
                r = sd_bus_match_signal(p->bus, NULL, NULL, NULL, "org.freedesktop.DBus.Local",
                                        "Disconnected", on_disconnected, p);
        return r < 0 ? r : control_manager_add(p->bus, p->socket->control);
}

/* Takes FD. Returns 0 or negative errno. */
static int add_peer(ControlSocket *s, int *fd, uid_t uid) {
        _cleanup_(peer_freep) ControlPeer *p = calloc(1, sizeof(*p));
        int r;

        if (!p)
                return -ENOMEM;

        p->socket = s;
        p->uid = uid;
        p->privileged = control_senders_privileged(uid);
        p->relay = CONTROL_RELAY_NONE;
        r = sd_event_add_time_relative(s->event, &p->end, CLOCK_MONOTONIC, FIRST_USEC,
                                       END_ACCURACY_USEC, on_end, p);
        if (r >= 0)
                r = open_bus(p, fd);
        if (r < 0)
                return r;

        p->link = &s->peers;
        p->next = s->peers;
        if (p->next)
                p->next->link = &p->next;
        s->peers = p;
        s->n++;
        s->n_query += !p->privileged;
        TAKE_PTR(p);
        return 0;
}

static int on_resume(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        const ControlSocket *s = userdata;

        return sd_event_source_set_enabled(s->accept, SD_EVENT_ON);
}

/* The connection is still in the queue of the socket, which would wake us up at once. */
static void pause_accepting(ControlSocket *s, int error) {
        log_debug("cannot accept a control connection: %s", strerrordesc_np(error));
        if (sd_event_source_set_time_relative(s->resume, PAUSE_USEC) >= 0 &&
            sd_event_source_set_enabled(s->resume, SD_EVENT_ONESHOT) >= 0)
                (void)sd_event_source_set_enabled(s->accept, SD_EVENT_OFF); /* cannot fail */
}

static bool has_room(const ControlSocket *s, uid_t uid) {
        unsigned n = 0;

        if (s->n >= CONTROL_SOCKET_MAX)
                return false;
        if (control_senders_privileged(uid))
                return true;

        for (const ControlPeer *p = s->peers; p; p = p->next)
                n += p->uid == uid;
        return n < CONTROL_SOCKET_USER_MAX && s->n_query < CONTROL_SOCKET_QUERY_MAX;
}

static int on_accept(sd_event_source *source _unused_, int listening, uint32_t events _unused_,
                     void *userdata) {
        ControlSocket *s = userdata;
        _cleanup_close_ int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct ucred user;
        socklen_t size = sizeof(user);
        int r;

        if (fd < 0) {
                if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                        pause_accepting(s, errno);
                return 0;
        }

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size) < 0 || !has_room(s, user.uid)) {
                log_debug("too many control connections, closing the new one");
                return 0;
        }

        r = add_peer(s, &fd, user.uid);
        if (r < 0)
                log_debug("cannot serve a control connection: %s", strerrordesc_np(-r));
        return 0;
}

/* Returns a listening descriptor or negative errno. */
static int listen_at(const struct sockaddr_un *name) {
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        /* One that was killed left it behind. */
        if (unlink(name->sun_path) < 0 && errno != ENOENT)
                return -errno;
        if (bind(fd, (const struct sockaddr *)name, sizeof(*name)) < 0)
                return -errno;
        /* Regardless of the umask: any user may query. */
        if (chmod(name->sun_path, 0666) < 0 || listen(fd, SOMAXCONN) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* The service manager may provide several directories. Returns 0 or -ENAMETOOLONG. */
static int set_name(struct sockaddr_un *name, const char *directories) {
        int n = snprintf(name->sun_path, sizeof(name->sun_path), "%.*s/" CONTROL_SOCKET,
                         (int)strcspn(directories, ":"), directories);

        name->sun_family = AF_UNIX;
        return n < 0 || (size_t)n >= sizeof(name->sun_path) ? -ENAMETOOLONG : 0;
}

static int start(ControlSocket *s, const char *directories) {
        int fd, r = set_name(&s->name, directories);

        if (r < 0)
                return r;
        fd = listen_at(&s->name);
        if (fd < 0)
                return fd;

        r = sd_event_add_io(s->event, &s->accept, fd, EPOLLIN, on_accept, s);
        if (r < 0) {
                (void)close(fd); /* nothing was written */
                return r;
        }
        (void)sd_event_source_set_io_fd_own(s->accept, true); /* cannot fail */
        r = sd_event_add_time_relative(s->event, &s->resume, CLOCK_MONOTONIC, PAUSE_USEC, 0,
                                       on_resume, s);
        return r < 0 ? r : sd_event_source_set_enabled(s->resume, SD_EVENT_OFF);
}

void control_socket_start(ControlSocket *s, sd_event *event, Control *control) {
        const char *directories = getenv("RUNTIME_DIRECTORY");
        int r;

        *s = (ControlSocket){ .event = event, .control = control };
        if (!directories)
                return;

        r = start(s, directories);
        if (r < 0) {
                (void)log_warning_errno(r, "cannot listen on %s, sockctl needs the bus",
                                        s->name.sun_path);
                control_socket_done(s);
        }
}

void control_socket_done(ControlSocket *s) {
        while (s->peers)
                (void)peer_free(s->peers);
        if (s->accept)
                (void)unlink(s->name.sun_path); /* may be gone already */
        s->accept = sd_event_source_disable_unref(s->accept);
        s->resume = sd_event_source_disable_unref(s->resume);
}
