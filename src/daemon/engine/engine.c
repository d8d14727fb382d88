/* SPDX-License-Identifier: MIT */
/* A start takes the same steps as a reload. */

#include "daemon/engine/engine.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/base/exit_status.h"
#include "daemon/base/log.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/acceptor.h"
#include "daemon/net/listener_plan.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_tls.h"
#include "daemon/output/committer.h"
#include "daemon/output/output.h"
#include "daemon/output/output_plan.h"
#include "daemon/systemd/activation.h"
#include "daemon/systemd/notify.h"
#include "daemon/worker/peer_store.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/worker_change.h"
#include "daemon/worker/workers.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Pauses between attempts to listen, each twice as long as the one before: 3 s in all. */
#define LISTEN_PAUSES 5
#define LISTEN_PAUSE_NSEC (100 * 1000 * 1000L)
#define STATUS_SIZE 512

static void check_descriptor_limit(const Config *config) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
            limit.rlim_cur < config->limits.connections + ACCEPTOR_RESERVE)
                (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, 0,
                                "limits.connections is %" PRIu64 ", but only %" PRIu64
                                " descriptors may be open; raise LimitNOFILE=",
                                config->limits.connections, (uint64_t)limit.rlim_cur);
}

void engine_check_config(const Config *config) {
        check_descriptor_limit(config);
        listener_tls_check_memory(config);
        for (size_t i = 0; i < config->n_outputs; i++)
                if (config->outputs[i].n_senders == 0)
                        (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, 0,
                                        "output %s: no listener sends to it",
                                        config->outputs[i].name);
}

static int open_listeners(Engine *e, FILE *errors) {
        ListenerPlan plan;
        int r;

        r = listener_plan_make(e->listeners, e->config, errors, &plan);
        if (r < 0)
                return r;

        r = listener_plan_open_late(&plan, errors);
        if (r >= 0)
                listener_plan_apply(&plan, e->listeners);
        else
                listener_plan_done(&plan);
        return r;
}

/* For systemctl status, which leaves out what was logged before the pause to the next start. */
static void notify_status(const char *text, const char *more) {
        char status[STATUS_SIZE];

        (void)snprintf(status, sizeof(status), "STATUS=%.*s%s", (int)strcspn(text, "\n"), text,
                       more);
        (void)notify_send(status, -EBADF); /* there may be no service manager */
}

/* The end: if descriptors are short, standard input gives its own for the message. */
static void notify_failure(const char *text, const char *more) {
        (void)close(STDIN_FILENO);
        notify_status(text, more);
}

/* A reload returns these lines to its caller; at start they go to the log. */
static void log_failure(const char *text, int error) {
        if (!text || !*text) {
                (void)log_event(EVENT_CANNOT_LISTEN, NULL, LOG_ERR, error, "cannot listen");
                return;
        }
        notify_failure(text, "");
        log_lines(EVENT_CANNOT_LISTEN, LOG_ERR, text);
}

static void log_retry(const char *text) {
        static const char more[] = "; retrying for 3 seconds";

        log_info("%.*s%s", (int)strcspn(text, "\n"), text, more);
        notify_status(text, more);
}

/* Returns whether a signal to stop came instead. They are blocked, and nobody else waits for them. */
static bool is_stopped_within(long nsec) {
        const struct timespec pause = { .tv_sec = nsec / 1000000000, .tv_nsec = nsec % 1000000000 };
        sigset_t stop;

        (void)sigemptyset(&stop);
        (void)sigaddset(&stop, SIGTERM);
        (void)sigaddset(&stop, SIGINT);
        return sigtimedwait(&stop, NULL, &pause) > 0;
}

/* The program that has the port may just be ending. */
static int listen_patiently(Engine *e) {
        long pause = LISTEN_PAUSE_NSEC;

        for (unsigned n = 0;; n++, pause *= 2) {
                _cleanup_free_ char *text = NULL;
                size_t size;
                FILE *errors = open_memstream(&text, &size);
                int r = errors ? open_listeners(e, errors) : -ENOMEM;

                if (errors)
                        (void)fclose(errors); /* a failure only shortens the text */
                if (r >= 0)
                        return r;
                if (n == LISTEN_PAUSES || exit_status_of(r) != EXIT_TEMPORARY) {
                        log_failure(text, r);
                        return r;
                }
                if (n == 0 && text)
                        log_retry(text);
                if (is_stopped_within(pause))
                        return -ECANCELED;
        }
}

static int start_listeners(Engine *e) {
        Activation passed;
        int r;

        e->listeners = calloc(1, sizeof(*e->listeners));
        if (!e->listeners)
                return log_error_errno(-ENOMEM, "cannot start");

        r = activation_take(&passed);
        if (r < 0)
                return r;

        r = listener_set_add_passed(e->listeners, &passed);
        activation_done(&passed);
        return r < 0 ? r : listen_patiently(e);
}

static int start_outputs(Engine *e) {
        OutputPlan plan;
        int r = output_plan_make(&e->outputs, e->config, &e->workers->group, &plan);

        if (r < 0)
                return r;

        output_plan_apply(&plan, &e->outputs, &e->routes);
        return committer_new(&e->outputs, &e->workers->group, &e->committer);
}

static int start_workers(Engine *e) {
        Workers *w = e->workers;
        int r;

        w->committer = e->committer;
        w->outputs = &e->outputs;
        w->routes = &e->routes;
        for (size_t i = 0; i < w->n; i++) {
                IntakesChange *change = intakes_prepare(&w->items[i].intakes, &e->routes);

                if (!change)
                        return -ENOMEM;
                worker_change_by_main(&w->items[i], &e->config->limits, change);
        }
        r = workers_serve(w, e->listeners);
        return r < 0 ? r : workers_start(w);
}

static int cannot_run(int error) {
        notify_failure("cannot run: ", strerrordesc_np(-error));
        return log_error_errno(error, "cannot run");
}

int engine_start(Engine *e, Config *config) {
        int r;

        e->config = config;
        r = start_listeners(e);
        if (r < 0)
                return r;

        r = workers_new(config->workers, &config->limits, &e->listeners->udp_ports, &e->workers);
        if (r >= 0)
                r = start_outputs(e);
        if (r >= 0)
                r = peer_store_new(e->workers, getenv("STATE_DIRECTORY"), &e->peer_store);
        if (r >= 0)
                r = start_workers(e);
        return r < 0 ? cannot_run(r) : 0;
}

void engine_done(Engine *e) {
        if (e->workers)
                workers_join(e->workers);
        e->peer_store = peer_store_free(e->peer_store);
        e->committer = committer_free(e->committer);
        if (e->workers)
                workers_done(
                        e->workers); /* buffers go back to the outputs, which signal the group */
        for (size_t i = 0; i < e->outputs.n; i++)
                (void)output_free(e->outputs.items[i]);
        free(e->outputs.items);
        e->outputs = (OutputList){ 0 };
        output_plan_free_routes(&e->routes);
        e->workers = workers_free(e->workers);
        if (e->listeners)
                listener_set_done(e->listeners);
        free(TAKE_PTR(e->listeners));
        e->config = config_free(e->config);
}

bool engine_finish(Engine *e, uint64_t deadline_usec) {
        peer_store_stop(e->peer_store);
        for (size_t i = 0; i < e->outputs.n; i++)
                output_finish(e->outputs.items[i], deadline_usec);
        return peer_store_wait(e->peer_store, deadline_usec);
}

void engine_log_account(const Engine *e) {
        listener_set_log_account(e->listeners);
        for (size_t i = 0; i < e->outputs.n; i++)
                output_log_account(e->outputs.items[i]);
}
