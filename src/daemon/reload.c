/* SPDX-License-Identifier: MIT */
/* Prepared beside the server, applied between two wake-ups of all workers. */

#include "daemon/reload.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/limit.h"
#include "core/macro.h"
#include "daemon/committer.h"
#include "daemon/listener_plan.h"
#include "daemon/listener_socket.h"
#include "daemon/output_plan.h"
#include "daemon/quota.h"
#include "daemon/service.h"
#include "daemon/stream.h"
#include "daemon/worker_change.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <systemd/sd-event.h>

/* A worker that does not come by then is held up by an output. */
#define GATHER_USEC (5 * USEC_PER_SEC)

struct Reload {
        Server *server;
        uint64_t number;
        pthread_t thread;
        bool running; /* the thread exists */
        bool gathering;
        bool again;     /* asked for another one meanwhile */
        Doorbell ended; /* the thread has */
        sd_event_source *prepared, *gathered, *late;
        char *errors; /* lines; from open_memstream(3) */
        size_t errors_size;
        int result; /* of the thread */
        Config *config;
        ListenerPlan listeners;
        OutputPlan outputs;
        CommitterList *list;
        IntakeWriter **writers; /* one vector for each worker */
};

static int prepare_workers(Reload *l) {
        const Server *s = l->server;

        l->writers = calloc(s->n_workers, sizeof(*l->writers));
        if (!l->writers)
                return -ENOMEM;

        for (size_t i = 0; i < s->n_workers; i++) {
                l->writers[i] = worker_change_prepare(l->outputs.n);
                if (!l->writers[i])
                        return -ENOMEM;
        }
        return 0;
}

static int prepare(Reload *l, FILE *errors) {
        Server *s = l->server;
        int r;

        r = config_load(s->config_path, errors, &l->config);
        if (r >= 0)
                r = output_plan_make(s->outputs, s->n_outputs, l->config, &s->group, &l->outputs);
        if (r >= 0)
                r = output_plan_open(&l->outputs, errors);
        /* Last, because somebody may connect from then on. */
        if (r >= 0)
                r = listener_plan_make(&s->set, l->config, errors, &l->listeners);
        if (r < 0)
                return r;

        l->list = committer_prepare(s->committer, l->outputs.array, l->outputs.n);
        return l->list ? prepare_workers(l) : -ENOMEM;
}

static void *reload_run(void *userdata) {
        Reload *l = userdata;
        FILE *errors = open_memstream(&l->errors, &l->errors_size);

        l->result = errors ? prepare(l, errors) : -ENOMEM;
        if (errors)
                (void)fclose(errors); /* lines that are missing then are replaced by strerror() */
        doorbell_ring(&l->ended);
        return NULL;
}

static void join(Reload *l) {
        if (l->running)
                (void)pthread_join(l->thread, NULL); /* the thread exists and is joined once */
        l->running = false;
}

static Reload *reload_free(Reload *l) {
        if (!l)
                return NULL;

        join(l);
        l->prepared = sd_event_source_disable_unref(l->prepared);
        l->gathered = sd_event_source_disable_unref(l->gathered);
        l->late = sd_event_source_disable_unref(l->late);
        for (size_t i = 0; l->writers && i < l->server->n_workers; i++)
                free(l->writers[i]);
        free(l->writers);
        free(l->list);
        output_plan_done(&l->outputs);
        listener_plan_done(&l->listeners);
        (void)config_free(l->config);
        free(l->errors);
        doorbell_done(&l->ended);
        free(l);
        return NULL;
}

/* Every line of what is wrong, or what R says. */
static void report_failure(const Reload *l, int r) {
        ControlWait *calls = &l->server->control.reloads;
        _cleanup_free_ char *lines = l->errors ? strdup(l->errors) : NULL;
        char *rest = l->errors, *line;
        const char *first = NULL;

        while ((line = strsep(&rest, "\n")))
                if (*line) {
                        first = first ? first : line;
                        log_error("%s", line);
                }
        if (!first)
                first = r == -EBUSY ? "an output holds a worker up" : strerrordesc_np(-r);
        (void)log_event(EVENT_NOT_RELOADED, NULL, LOG_ERR, 0,
                        "cannot reload: %s; the settings in force stay", first);
        service_set_reload_error(&l->server->service, first);
        control_wait_answer(calls, l->number, BUS_ERROR_RELOAD_FAILED,
                            lines && *lines ? lines : first);
}

static void finish(Server *s, int r) {
        bool again = s->reload->again;

        if (r < 0)
                report_failure(s->reload, r);
        else {
                (void)log_event(EVENT_RELOADED, NULL, LOG_INFO, 0, "reloaded %s", s->config_path);
                service_set_reload_error(&s->service, NULL);
                control_wait_answer(&s->control.reloads, s->reload->number, NULL, NULL);
        }
        s->reload = reload_free(s->reload);
        service_notify_ready(s);
        if (again && !s->stopping)
                reload_start(s);
}

static int count_list(LimitTable *peers, const StreamList *list) {
        for (const Stream *s = list->first; s; s = s->next) {
                AddressKey key = address_key(&s->peer);

                if (limit_table_take(peers, &key, UINT_MAX) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int count_mail(LimitTable *peers, Mailbox *m) {
        int r = 0;

        (void)pthread_mutex_lock(&m->mutex);
        for (size_t i = 0; i < m->n_streams && r >= 0; i++) {
                AddressKey key = address_key(&m->streams[i].peer);

                r = limit_table_take(peers, &key, UINT_MAX);
        }
        (void)pthread_mutex_unlock(&m->mutex);
        return MIN(r, 0);
}

/* The streams of each peer, when nobody has counted them so far. */
static int count_peers(const Reload *l, LimitTable **ret) {
        Server *s = l->server;
        int r = 0;

        *ret = NULL;
        if (!quota_needs_peers(s->quota, &l->config->limits))
                return 0;

        *ret = limit_table_new();
        if (!*ret)
                return -ENOMEM;

        for (size_t i = 0; i < s->n_workers && r >= 0; i++) {
                Worker *w = &s->workers[i];

                r = count_list(*ret, &w->streams);
                if (r >= 0)
                        r = count_list(*ret, &w->resting);
                if (r >= 0)
                        r = count_mail(*ret, &w->mailbox);
        }
        if (r < 0)
                *ret = limit_table_free(*ret);
        return r;
}

static bool all_handed_over(const Server *s) {
        for (size_t i = 0; i < s->n_workers; i++)
                if (!commit_is_empty(s->workers[i].intake.open))
                        return false;

        return true;
}

static int open_late(Reload *l) {
        FILE *errors;
        int r;

        free(TAKE_PTR(l->errors));
        errors = open_memstream(&l->errors, &l->errors_size);
        if (!errors)
                return -ENOMEM;

        r = listener_plan_open_late(&l->listeners, errors);
        (void)fclose(errors); /* as in the thread */
        return r;
}

/* All workers wait at the gate. Nothing changes before all that can fail has succeeded. */
static int apply(Reload *l) {
        Server *s = l->server;
        LimitTable *peers;
        int r;

        if (!all_handed_over(s))
                return -ENOMEM; /* a worker had no memory for the next commit */

        r = count_peers(l, &peers);
        if (r < 0)
                return r;

        r = open_late(l);
        if (r < 0) {
                (void)limit_table_free(peers);
                return r;
        }

        listener_set_sweep(&s->set);
        listener_plan_apply(&l->listeners, &s->set);
        quota_change(s->quota, &l->config->limits, peers);
        output_plan_apply(&l->outputs, &s->outputs, &s->n_outputs);
        committer_change(s->committer, TAKE_PTR(l->list));
        if (l->config->log_level != s->config->log_level)
                log_set_level(l->config->log_level);
        (void)config_free(s->config);
        s->config = TAKE_PTR(l->config);
        for (size_t i = 0; i < s->n_workers; i++)
                worker_change(&s->workers[i], TAKE_PTR(l->writers[i]));
        (void)server_distribute_sockets(s); /* what cannot be served was logged */
        return 0;
}

static void release(Reload *l) {
        l->gathering = false;
        gate_open(&l->server->gate);
}

static int on_gathered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Server *s = userdata;
        int r;

        if (!gate_is_full(&s->gate))
                return 0;

        r = apply(s->reload);
        release(s->reload);
        finish(s, r);
        return 0;
}

static int on_late(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        release(s->reload);
        finish(s, -EBUSY);
        return 0;
}

static int gather(Reload *l) {
        Server *s = l->server;
        int r;

        if (l->config->workers != s->n_workers)
                log_info("workers: %u takes effect at the next start, now %zu are running",
                         l->config->workers, s->n_workers);
        server_check_descriptor_limit(l->config);
        r = sd_event_add_io(s->event, &l->gathered, s->gate.full.fd, EPOLLIN, on_gathered, s);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &l->late, CLOCK_MONOTONIC, GATHER_USEC, 0,
                                               on_late, s);
        if (r < 0)
                return r;

        l->gathering = true;
        gate_close(&s->gate, (unsigned)s->n_workers);
        mailbox_group_signal(&s->group, MAIL_GATE);
        return 0;
}

static int on_prepared(sd_event_source *source, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Server *s = userdata;
        Reload *l = s->reload;
        int r;

        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF); /* it exists */
        join(l);
        if (s->stopping)
                return 0;

        r = l->result < 0 ? l->result : gather(l);
        if (r < 0)
                finish(s, r);
        return 0;
}

static int start_thread(Reload *l) {
        Server *s = l->server;
        int r;

        r = doorbell_init(&l->ended);
        if (r >= 0)
                r = sd_event_add_io(s->event, &l->prepared, l->ended.fd, EPOLLIN, on_prepared, s);
        if (r < 0)
                return r;

        r = pthread_create(&l->thread, NULL, reload_run, l);
        l->running = r == 0;
        return -r;
}

uint64_t reload_next(const Server *s) {
        return s->n_reloads + 1;
}

void reload_start(Server *s) {
        Reload *l;
        int r;

        if (s->reload) {
                s->reload->again = true;
                return;
        }

        service_notify_reloading();
        l = calloc(1, sizeof(*l));
        if (!l) {
                (void)log_event(EVENT_NOT_RELOADED, NULL, LOG_ERR, -ENOMEM, "cannot reload");
                control_wait_answer(&s->control.reloads, UINT64_MAX, BUS_ERROR_RELOAD_FAILED,
                                    "out of memory");
                service_notify_ready(s);
                return;
        }

        l->server = s;
        l->number = ++s->n_reloads;
        l->ended = DOORBELL_NONE;
        s->reload = l;
        r = start_thread(l);
        if (r < 0)
                finish(s, r);
}

void reload_abandon(Server *s) {
        Reload *l = s->reload;

        if (!l || !l->gathering)
                return;

        l->gathered = sd_event_source_disable_unref(l->gathered);
        l->late = sd_event_source_disable_unref(l->late);
        release(l);
}

bool reload_is_over(const Server *s) {
        return !s->reload || !s->reload->running || doorbell_answer(&s->reload->ended) > 0;
}

void reload_done(Server *s) {
        s->reload = reload_free(s->reload);
}
