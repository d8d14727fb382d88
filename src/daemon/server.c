/* SPDX-License-Identifier: MIT */
/* Makes the objects and gives each what it needs. */

#include "daemon/server.h"

#include "core/clock.h"
#include "core/instance.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/control/control.h"
#include "daemon/control/service.h"
#include "daemon/engine/engine.h"
#include "daemon/net/admission.h"
#include "daemon/output/committer.h"
#include "daemon/reload.h"
#include "daemon/watch.h"
#include "daemon/worker/workers.h"
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

#define DRAIN_USEC (10 * USEC_PER_SEC)
/* After this time a thread is stuck in the kernel, and is abandoned. */
#define STUCK_USEC (12 * USEC_PER_SEC)
/* For outputs that no receipt waits for. */
#define FINISH_USEC USEC_PER_SEC
/* Attempts to run the main loop again after an error, and the pause between them. */
#define LOOP_TRIES 50
#define LOOP_PAUSE_MSEC 100
/* From this size, freed memory returns to the system. */
#define MMAP_THRESHOLD (128 * 1024)

typedef struct Server {
        sd_event *event;
        Engine engine;
        Status status;
        Service service;
        Reload *reload;
        Watch watch;
        Control *control;
        size_t n_ended; /* workers that have ended */
} Server;

/* The soft limit is low only for select(2), which is not used here. */
static void raise_descriptor_limit(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static uint64_t next_reload(void *userdata) {
        const Server *s = userdata;

        return reload_next(s->reload);
}

static uint64_t reopen(void *userdata) {
        Server *s = userdata;

        return committer_maintain_now(s->engine.committer);
}

/* The service manager is notified first, because a reload may end at once. */
static void start_reload(Server *s) {
        if (!reload_is_under_way(s->reload))
                service_notify_reloading();
        s->status.reloading = true;
        reload_start(s->reload);
}

/* Files are reopened even if the reload fails. */
static void reopen_and_reload(void *userdata) {
        (void)reopen(userdata);
        start_reload(userdata);
}

static void tell_result(Server *s, const ReloadResult *result) {
        s->status.reloading = false;
        (void)snprintf(s->status.reload_error, sizeof(s->status.reload_error), "%s",
                       result->error ? result->error : "");
        /* First: when the caller has its answer, the service manager knows the result too. */
        service_notify_ready(&s->service);
        control_answer_reload(s->control, result->number, result->errors);
}

static void on_reload_end(const ReloadResult *result, void *userdata) {
        Server *s = userdata;

        if (!result->error)
                watch_look(&s->watch);
        if (!result->same)
                tell_result(s, result);
        if (result->again)
                start_reload(s);
}

static int on_worker_ended(sd_event_source *source _unused_, int fd _unused_,
                           uint32_t events _unused_, void *userdata) {
        Server *s = userdata;

        s->n_ended += doorbell_answer(&s->engine.workers->ended);
        return s->n_ended == s->engine.workers->n ? sd_event_exit(s->event, 0) : 0;
}

static int on_give_up(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        mailbox_group_signal(&s->engine.workers->group, MAIL_GIVE_UP);
        return 0;
}

static int on_stuck(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        return sd_event_exit(s->event, 1);
}

static int on_stop(sd_event_source *source _unused_, const struct signalfd_siginfo *si _unused_,
                   void *userdata) {
        Server *s = userdata;
        Workers *w = s->engine.workers;

        if (s->status.stopping)
                return 0;

        s->status.stopping = true;
        reload_abandon(s->reload);
        watch_done(&s->watch); /* the workers close sockets */
        log_info("stopping: receiving what was already sent, %" PRIu64 " connections are open",
                 admission_streams(w->admission));
        service_notify_stopping(&s->service);
        control_stop(s->control);
        (void)sd_event_add_time_relative(s->event, NULL, CLOCK_MONOTONIC, DRAIN_USEC, 0, on_give_up,
                                         s);
        (void)sd_event_add_time_relative(s->event, NULL, CLOCK_MONOTONIC, STUCK_USEC, 0, on_stuck,
                                         s);
        mailbox_group_signal(&w->group, MAIL_STOP);
        return 0;
}

static int on_hangup(sd_event_source *source _unused_, const struct signalfd_siginfo *si _unused_,
                     void *userdata) {
        const Server *s = userdata;

        if (!s->status.stopping)
                reopen_and_reload(userdata);
        return 0;
}

static int make_parts(Server *s) {
        static const ControlActions actions = {
                .next_reload = next_reload,
                .reload = reopen_and_reload,
                .reopen = reopen,
        };
        int r = sd_event_new(&s->event);

        if (r >= 0)
                r = sd_event_add_io(s->event, NULL, s->engine.workers->ended.fd, EPOLLIN,
                                    on_worker_ended, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGTERM, on_stop, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGINT, on_stop, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGHUP, on_hangup, s);
        if (r >= 0)
                r = service_start(&s->service, s->event, &s->status);
        if (r >= 0)
                r = reload_new(s->event, &s->engine, s->status.config_path, on_reload_end, s,
                               &s->reload);
        if (r >= 0)
                r = watch_start(&s->watch, s->event, &s->engine, s->reload);
        if (r >= 0)
                r = control_new(s->event, &s->status, &actions, s, &s->control);
        return r;
}

/* Frees in reverse order. All workers have ended or never ran. */
static void clean_up(Server *s) {
        watch_done(&s->watch);
        s->reload = reload_free(s->reload);
        s->control = control_free(s->control);
        service_done(&s->service);
        engine_done(&s->engine);
        s->event = sd_event_unref(s->event);
}

/* Returns as server_run(). */
static int finish(Server *s) {
        bool over;

        if (s->n_ended < s->engine.workers->n || workers_gave_up(s->engine.workers)) {
                (void)log_event(EVENT_NOT_STORED, NULL, LOG_ERR, 0,
                                "could not store everything within %u s, giving up",
                                (unsigned)(DRAIN_USEC / USEC_PER_SEC));
                engine_log_account(&s->engine);
                return 1;
        }

        over = engine_finish(&s->engine, clock_monotonic() + FINISH_USEC);
        engine_log_account(&s->engine);
        if (over && reload_is_over(s->reload)) /* else its thread still uses all of it */
                clean_up(s);
        return 0;
}

/* Memory may be short for a moment; workers continue meanwhile. */
static int run_loop(Server *s) {
        for (unsigned n = 1;; n++) {
                int r = sd_event_loop(s->event);

                if (r >= 0 || n == LOOP_TRIES)
                        return r;
                (void)log_warning_errno(r, "the main loop failed, retrying");
                (void)poll(NULL, 0, LOOP_PAUSE_MSEC);
        }
}

static int run(Server *s) {
        int r = make_parts(s);

        if (r < 0)
                return log_error_errno(r, "cannot run");

        control_await_name(s->control);
        if (!s->status.stopping)
                service_notify_ready(&s->service);
        r = run_loop(s);
        if (r < 0) {
                (void)log_error_errno(r, "the main loop failed");
                return 1;
        }
        return finish(s);
}

int server_run(const Instance *instance, const char *config_path, Config *config) {
        /* What does not end in time uses it until the process has ended. */
        static Server s;
        int r;

        s.status = (Status){
                .engine = &s.engine,
                .config_path = config_path,
                .bus_name = instance->bus_name,
                .start_usec = clock_realtime(),
        };
        raise_descriptor_limit();
        engine_check_config(config);
        /* Without a fixed threshold, glibc would keep freed buffers. */
        (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        r = engine_start(&s.engine, config);
        if (r < 0) {
                if (!s.engine.workers)
                        engine_done(&s.engine); /* no thread was started */
                return r;
        }
        return run(&s);
}
