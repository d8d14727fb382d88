/* SPDX-License-Identifier: MIT */
/* Start and stop. Start takes the same steps as a reload; stop in the order workers, outputs. */

#include "daemon/server.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/activation.h"
#include "daemon/committer.h"
#include "daemon/listener_plan.h"
#include "daemon/listener_socket.h"
#include "daemon/output_plan.h"
#include "daemon/quota.h"
#include "daemon/reload.h"
#include "daemon/worker_change.h"
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

#define DRAIN_USEC (10 * USEC_PER_SEC)
/* After that a thread is stuck in the kernel, and is left to it. */
#define STUCK_USEC (12 * USEC_PER_SEC)
/* For outputs that nobody waits for. */
#define FINISH_USEC USEC_PER_SEC
/* Descriptors for everything but streams. */
#define DESCRIPTORS_RESERVED 64
/* Attempts of the main thread to go on after an error, and the pause between them. */
#define LOOP_TRIES 50
#define LOOP_PAUSE_MSEC 100
/* So large pieces of memory go back to the system when they are freed. */
#define MMAP_THRESHOLD (128 * 1024)

bool server_is_own_udp_port(const Server *s, uint16_t port) {
        for (size_t i = 0; i < s->set.n_listeners; i++) {
                const Listener *l = s->set.listeners[i];

                if (l->config->protocol != PROTOCOL_UDP)
                        continue;
                for (const ListenerSocket *ls = l->sockets; ls; ls = ls->next)
                        if (!ls->leaving && ls->local.port == port)
                                return true;
        }
        return false;
}

uint64_t server_next_stream(Server *s) {
        return atomic_fetch_add_explicit(&s->n_streams, 1, memory_order_relaxed) + 1;
}

void server_worker_has_ended(Server *s) {
        doorbell_ring(&s->ended);
}

static int on_worker_ended(sd_event_source *source _unused_, int fd _unused_,
                           uint32_t events _unused_, void *userdata) {
        Server *s = userdata;

        s->n_ended += doorbell_answer(&s->ended);
        return s->n_ended == s->n_workers ? sd_event_exit(s->event, 0) : 0;
}

static int on_give_up(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        mailbox_group_signal(&s->group, MAIL_GIVE_UP);
        return 0;
}

static int on_stuck(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        return sd_event_exit(s->event, 1);
}

static int on_stop(sd_event_source *source _unused_, const struct signalfd_siginfo *si _unused_,
                   void *userdata) {
        Server *s = userdata;

        if (s->stopping)
                return 0;

        s->stopping = true;
        reload_abandon(s);
        log_info("stopping: taking in what was sent, %" PRIu64 " streams are open",
                 quota_streams(s->quota));
        service_notify_stopping(s);
        control_stop(s);
        (void)sd_event_add_time_relative(s->event, NULL, CLOCK_MONOTONIC, DRAIN_USEC, 0, on_give_up,
                                         s);
        (void)sd_event_add_time_relative(s->event, NULL, CLOCK_MONOTONIC, STUCK_USEC, 0, on_stuck,
                                         s);
        mailbox_group_signal(&s->group, MAIL_STOP);
        return 0;
}

static int on_hangup(sd_event_source *source _unused_, const struct signalfd_siginfo *si _unused_,
                     void *userdata) {
        Server *s = userdata;

        if (s->stopping)
                return 0;

        (void)committer_reopen(s->committer);
        reload_start(s);
        return 0;
}

void server_check_descriptor_limit(const Config *config) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
            limit.rlim_cur < config->limits.connections + DESCRIPTORS_RESERVED)
                (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, 0,
                                "limits.connections is %" PRIu64 ", but only %" PRIu64
                                " descriptors may be open; raise LimitNOFILE=",
                                config->limits.connections, (uint64_t)limit.rlim_cur);
}

/* The soft limit is low for the sake of select(2), which nobody here uses. */
static void raise_descriptor_limit(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int make_workers(Server *s) {
        uint64_t start_msec = clock_realtime() / 1000;
        uint32_t salt = 0;

        if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) < 0)
                salt = (uint32_t)getpid(); /* the start time alone nearly tells ids apart */
        s->workers = calloc(s->config->workers, sizeof(*s->workers));
        s->group.members = calloc(s->config->workers, sizeof(Mailbox *));
        if (!s->workers || !s->group.members)
                return -ENOMEM;

        for (unsigned i = 0; i < s->config->workers; i++) {
                Id first;
                int r;

                id_init(&first, start_msec, salt, i);
                s->n_workers++;
                r = worker_init(&s->workers[i], s, i, &first);
                if (r < 0)
                        return r;

                s->group.members[s->group.n_members++] = &s->workers[i].mailbox;
        }
        return 0;
}

/* One after the other; a socket stays with its worker. */
int server_distribute_sockets(Server *s) {
        int error = 0;

        for (size_t i = 0; i < s->set.n_listeners; i++) {
                ListenerSocket *ls = s->set.listeners[i]->sockets;

                for (; ls; ls = ls->next) {
                        int r;

                        if (ls->worker)
                                continue;
                        r = listener_socket_serve(ls, &s->workers[s->next_worker++ % s->n_workers]);
                        if (r < 0)
                                error = log_error_errno(
                                        r, "listener %s: one of its sockets cannot be served",
                                        ls->listener->config->name);
                }
        }
        return error;
}

static int open_listeners(Server *s, FILE *errors) {
        Activation passed;
        ListenerPlan plan;
        int r;

        r = activation_take(&passed);
        if (r < 0)
                return r;

        r = listener_set_add_passed(&s->set, &passed);
        activation_done(&passed);
        if (r >= 0)
                r = listener_plan_make(&s->set, s->config, errors, &plan);
        if (r < 0)
                return r;

        r = listener_plan_open_late(&plan, errors);
        if (r >= 0)
                listener_plan_apply(&plan, &s->set);
        else
                listener_plan_done(&plan);
        return r;
}

/* What is wrong with an address was printed for a reload's sake; here it is logged. */
static int start_listeners(Server *s) {
        _cleanup_free_ char *text = NULL;
        char *rest, *line;
        size_t size;
        FILE *errors = open_memstream(&text, &size);
        int r;

        if (!errors)
                return log_error_errno(-errno, "cannot start");

        r = open_listeners(s, errors);
        (void)fclose(errors); /* what it could not hold was not printed */
        rest = text;
        while (r < 0 && (line = strsep(&rest, "\n")))
                if (*line)
                        (void)log_event(EVENT_CANNOT_LISTEN, NULL, LOG_ERR, 0, "%s", line);
        return r;
}

static int start_outputs(Server *s) {
        OutputPlan plan;
        int r = output_plan_make(NULL, 0, s->config, &s->group, &plan);

        if (r < 0)
                return r;

        output_plan_apply(&plan, &s->outputs, &s->n_outputs);
        return committer_new(s->outputs, s->n_outputs, &s->group, &s->committer);
}

static int start_workers(Server *s) {
        int r;

        for (size_t i = 0; i < s->n_workers; i++) {
                IntakeWriter *writers = worker_change_prepare(s->n_outputs);

                if (!writers)
                        return -ENOMEM;
                worker_change(&s->workers[i], writers);
        }
        r = server_distribute_sockets(s);
        for (size_t i = 0; i < s->n_workers && r >= 0; i++)
                r = worker_start(&s->workers[i]);
        return r;
}

static int start(Server *s) {
        int r;

        s->quota = quota_new(&s->config->limits);
        if (!s->quota)
                return -ENOMEM;

        r = make_workers(s);
        if (r >= 0)
                r = start_outputs(s);
        if (r >= 0)
                r = start_workers(s);
        if (r >= 0)
                r = service_start(s);
        return r < 0 ? r : control_start(s);
}

static int add_sources(Server *s) {
        int r;

        r = doorbell_init(&s->ended);
        if (r >= 0)
                r = sd_event_new(&s->event);
        if (r >= 0)
                r = sd_event_add_io(s->event, NULL, s->ended.fd, EPOLLIN, on_worker_ended, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGTERM, on_stop, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGINT, on_stop, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGHUP, on_hangup, s);
        if (r >= 0)
                r = gate_init(&s->gate);
        return r < 0 ? r : inquiry_init(&s->inquiry);
}

/* The account, for whoever reads the log later. */
static void log_account(const Server *s) {
        listener_set_log_account(&s->set);
        for (size_t i = 0; i < s->n_outputs; i++)
                output_log_account(s->outputs[i]);
}

static bool gave_up(const Server *s) {
        for (size_t i = 0; i < s->n_workers; i++)
                if (s->workers[i].gave_up)
                        return true;

        return s->n_ended < s->n_workers;
}

/* Frees what was made, in reverse. All workers have ended or never ran. */
static void clean_up(Server *s) {
        reload_done(s);
        control_done(s);
        for (size_t i = 0; i < s->n_workers; i++)
                worker_join(&s->workers[i]);
        s->committer = committer_free(s->committer);
        for (size_t i = 0; i < s->n_workers; i++)
                worker_done(&s->workers[i]);
        for (size_t i = 0; i < s->n_outputs; i++)
                (void)output_free(s->outputs[i]);
        free(TAKE_PTR(s->outputs));
        free(TAKE_PTR(s->workers));
        free(TAKE_PTR(s->group.members));
        listener_set_done(&s->set);
        s->quota = quota_free(s->quota);
        service_done(&s->service);
        gate_done(&s->gate);
        inquiry_done(&s->inquiry);
        s->event = sd_event_unref(s->event);
        doorbell_done(&s->ended);
        s->config = config_free(s->config);
}

/* Returns as server_run(). */
static int stop(Server *s) {
        if (gave_up(s)) {
                (void)log_event(EVENT_NOT_STORED, NULL, LOG_ERR, 0,
                                "could not store everything within %u s, giving up",
                                (unsigned)(DRAIN_USEC / USEC_PER_SEC));
                log_account(s);
                return 1;
        }

        for (size_t i = 0; i < s->n_outputs; i++)
                output_finish(s->outputs[i], clock_monotonic() + FINISH_USEC);
        log_account(s);
        if (reload_is_over(s)) /* else its thread still looks at all this */
                clean_up(s);
        return 0;
}

/* Its preparations may want memory that is not there at this moment; workers go on meanwhile. */
static int run_loop(Server *s) {
        for (unsigned n = 1;; n++) {
                int r = sd_event_loop(s->event);

                if (r >= 0 || n == LOOP_TRIES)
                        return r;
                (void)log_full(LOG_WARNING, r, "the main thread cannot go on, trying again");
                (void)poll(NULL, 0, LOOP_PAUSE_MSEC);
        }
}

int server_run(const char *config_path, Config *config) {
        Server s = {
                .config_path = config_path,
                .config = config,
                .gate = { .full = DOORBELL_NONE },
                .inquiry = { .answered = DOORBELL_NONE },
                .start_usec = clock_realtime(),
                .ended = DOORBELL_NONE,
        };
        int r;

        raise_descriptor_limit();
        server_check_descriptor_limit(config);
        /* Without a fixed threshold glibc would keep buffers that were freed once. */
        (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        r = start_listeners(&s);
        if (r < 0) {
                clean_up(&s);
                return r;
        }

        r = add_sources(&s);
        if (r >= 0)
                r = start(&s);
        if (r >= 0) {
                control_await_name(&s);
                if (!s.stopping)
                        service_notify_ready(&s);
                r = run_loop(&s);
        }
        return r < 0 ? log_error_errno(r, "cannot run") : stop(&s);
}
