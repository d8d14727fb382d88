/* SPDX-License-Identifier: MIT */
/* Prepared by a thread, applied while all workers wait at the gate. */

#include "daemon/reload.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/engine_change.h"
#include "daemon/loop/doorbell.h"
#include "daemon/worker/workers.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <systemd/sd-event.h>

/* A worker that is not at the gate by then is blocked by an output. */
#define GATHER_USEC (5 * USEC_PER_SEC)

typedef enum ReloadState {
        RELOAD_IDLE,
        RELOAD_PREPARING,
        RELOAD_GATHERING,
        RELOAD_ABANDONED, /* for good */
} ReloadState;

struct Reload {
        sd_event *event; /* borrowed, as the next four */
        Engine *engine;
        const char *config_path;
        ReloadEnd on_end;
        void *userdata;
        ReloadState state;
        uint64_t number;
        bool again;  /* another reload is wanted */
        bool same;   /* the settings stay */
        bool failed; /* the last one with the same settings, which was logged */
        pthread_t thread;
        bool running;      /* the thread exists */
        Doorbell prepared; /* rung by the thread at its end */
        sd_event_source *on_prepared, *on_gathered;
        sd_event_source *timeout; /* NULL unless gathering */
        int result;   /* of the thread, which alone uses this and the rest while it runs */
        char *errors; /* lines, from open_memstream(3); NULL: out of memory */
        size_t errors_size;
        EngineChange *change;
};

/* On lack of memory strerror() takes the place of the lines. NULL: out of memory. */
static FILE *open_errors(Reload *l) {
        free(TAKE_PTR(l->errors));
        return open_memstream(&l->errors, &l->errors_size);
}

static void *reload_run(void *userdata) {
        Reload *l = userdata;
        FILE *errors = open_errors(l);

        l->result = errors ? engine_change_prepare(l->engine, l->same ? NULL : l->config_path,
                                                   errors, &l->change)
                           : -ENOMEM;
        if (errors)
                (void)fclose(errors); /* as above */
        doorbell_ring(&l->prepared);
        return NULL;
}

static void join(Reload *l) {
        if (l->running)
                (void)pthread_join(l->thread, NULL); /* the thread exists and is joined once */
        l->running = false;
}

/* Logs what is wrong: the first line with the consequence, then the others. */
static void log_failure(const ReloadResult *result) {
        if (result->same) {
                (void)log_event(EVENT_CANNOT_LISTEN, NULL, LOG_WARNING, 0,
                                "%s; retrying every second", result->error);
                return;
        }
        (void)log_event(EVENT_NOT_RELOADED, NULL, LOG_ERR, 0,
                        "cannot reload: %s; the current settings stay in force", result->error);
        log_lines(EVENT_NONE, LOG_ERR, result->errors + strlen(result->error));
}

/* Without lines, the text is that of R. */
static void describe_failure(const Reload *l, int r, ReloadResult *ret) {
        ret->errors = l->errors && *l->errors ? l->errors
                      : r == -EBUSY           ? "a worker is blocked by an output"
                                              : strerrordesc_np(-r);
}

static void finish(Reload *l, int r) {
        ReloadResult result = { .number = l->number, .again = l->again, .same = l->same };
        _cleanup_free_ char *first = NULL;

        if (r < 0) {
                describe_failure(l, r, &result);
                first = strndup(result.errors, strcspn(result.errors, "\n"));
                result.error = first ? first : result.errors;
                if (!l->same || !l->failed)
                        log_failure(&result);
        } else if (!l->same)
                (void)log_event(EVENT_RELOADED, NULL, LOG_INFO, 0, "reloaded %s", l->config_path);
        l->timeout = sd_event_source_disable_unref(l->timeout);
        l->change = engine_change_free(l->change);
        l->state = RELOAD_IDLE;
        l->again = false;
        l->failed = r < 0 && l->same;
        l->on_end(&result, l->userdata);
}

static int apply(Reload *l) {
        FILE *errors = open_errors(l);
        int r = errors ? engine_change_apply(l->change, errors) : -ENOMEM;

        if (errors)
                (void)fclose(errors); /* as in the thread */
        return r;
}

static int on_gathered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Reload *l = userdata;
        int r;

        if (!gate_is_full(&l->engine->workers->gate) || l->state != RELOAD_GATHERING)
                return 0;

        r = apply(l);
        gate_open(&l->engine->workers->gate);
        finish(l, r);
        return 0;
}

static int on_timeout(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Reload *l = userdata;

        gate_open(&l->engine->workers->gate);
        finish(l, -EBUSY);
        return 0;
}

static void warn(const Config *config, const Workers *w) {
        if (config->workers != w->n)
                log_info("workers = %u takes effect at the next start, %zu are running",
                         config->workers, w->n);
        engine_check_config(config);
}

static int close_gate(Reload *l) {
        Workers *w = l->engine->workers;
        int r;

        if (!l->same)
                warn(engine_change_config(l->change), w);
        r = sd_event_add_time_relative(l->event, &l->timeout, CLOCK_MONOTONIC, GATHER_USEC, 0,
                                       on_timeout, l);
        if (r < 0)
                return r;

        l->state = RELOAD_GATHERING;
        gate_close(&w->gate, (unsigned)w->n);
        mailbox_group_signal(&w->group, MAIL_GATE);
        return 0;
}

static int on_prepared(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Reload *l = userdata;
        int r;

        (void)doorbell_answer(&l->prepared); /* the thread is joined next */
        join(l);
        if (l->state == RELOAD_ABANDONED)
                return 0;

        r = l->result < 0 ? l->result : close_gate(l);
        if (r < 0)
                finish(l, r);
        return 0;
}

int reload_new(sd_event *event, Engine *engine, const char *config_path, ReloadEnd on_end,
               void *userdata, Reload **ret) {
        Reload *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;

        l->event = event;
        l->engine = engine;
        l->config_path = config_path;
        l->on_end = on_end;
        l->userdata = userdata;
        r = doorbell_init(&l->prepared);
        if (r >= 0)
                r = sd_event_add_io(event, &l->on_prepared, l->prepared.fd, EPOLLIN, on_prepared,
                                    l);
        if (r >= 0)
                r = sd_event_add_io(event, &l->on_gathered, engine->workers->gate.full.fd, EPOLLIN,
                                    on_gathered, l);
        if (r < 0) {
                (void)reload_free(l);
                return r;
        }

        *ret = l;
        return 0;
}

Reload *reload_free(Reload *l) {
        if (!l)
                return NULL;

        join(l);
        l->on_prepared = sd_event_source_disable_unref(l->on_prepared);
        l->on_gathered = sd_event_source_disable_unref(l->on_gathered);
        l->timeout = sd_event_source_disable_unref(l->timeout);
        (void)engine_change_free(l->change);
        free(l->errors);
        doorbell_done(&l->prepared);
        free(l);
        return NULL;
}

uint64_t reload_next(const Reload *l) {
        return l->number + 1;
}

bool reload_is_under_way(const Reload *l) {
        return l->state == RELOAD_PREPARING || l->state == RELOAD_GATHERING;
}

static void prepare(Reload *l) {
        int r;

        free(TAKE_PTR(l->errors)); /* of the reload before */
        l->state = RELOAD_PREPARING;
        r = pthread_create(&l->thread, NULL, reload_run, l);
        l->running = r == 0;
        if (r > 0)
                finish(l, -r);
}

void reload_start(Reload *l) {
        if (l->state != RELOAD_IDLE) {
                l->again = true;
                return;
        }

        l->same = false;
        l->number++;
        prepare(l);
}

void reload_listeners(Reload *l) {
        if (l->state != RELOAD_IDLE)
                return;

        l->same = true;
        prepare(l);
}

void reload_abandon(Reload *l) {
        if (l->state == RELOAD_GATHERING) {
                l->timeout = sd_event_source_disable_unref(l->timeout);
                gate_open(&l->engine->workers->gate);
        }
        l->state = RELOAD_ABANDONED;
}

bool reload_is_over(Reload *l) {
        return !l->running || doorbell_answer(&l->prepared) > 0;
}
