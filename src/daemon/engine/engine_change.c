/* SPDX-License-Identifier: MIT */
/* A change is a plan for each part of the engine. */

#include "daemon/engine/engine_change.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/engine/engine.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener_plan.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/pace.h"
#include "daemon/output/committer.h"
#include "daemon/output/output_plan.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/worker_change.h"
#include "daemon/worker/workers.h"
#include <errno.h>

struct EngineChange {
        Engine *engine;
        Config *config; /* owned until applied, as is the rest; or the engine's own */
        ListenerPlan listeners;
        OutputPlan outputs;
        CommitterList *list;
        IntakesChange **intakes; /* one for each worker */
};

static int prepare_workers(EngineChange *c) {
        size_t n = c->engine->workers->n;

        c->intakes = calloc(n, sizeof(*c->intakes));
        if (!c->intakes)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                c->intakes[i] = intakes_prepare(&c->engine->workers->items[i].intakes,
                                                &c->outputs.routes);
                if (!c->intakes[i])
                        return -ENOMEM;
        }
        return 0;
}

static int prepare(EngineChange *c, const char *config_path, FILE *errors) {
        Engine *e = c->engine;
        int r;

        c->config = config_path ? NULL : e->config;
        r = config_path ? config_load(config_path, errors, &c->config) : 0;
        if (r >= 0)
                r = output_plan_make(&e->outputs, c->config, &e->workers->group, &c->outputs);
        if (r >= 0)
                r = output_plan_open(&c->outputs, errors);
        /* Last, because clients can connect from then on. */
        if (r >= 0)
                r = listener_plan_make(e->listeners, c->config, errors, &c->listeners);
        if (r < 0)
                return r;

        c->list = committer_prepare(e->committer, &c->outputs.list);
        return c->list ? prepare_workers(c) : -ENOMEM;
}

int engine_change_prepare(Engine *e, const char *config_path, FILE *errors, EngineChange **ret) {
        EngineChange *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;

        c->engine = e;
        r = prepare(c, config_path, errors);
        if (r < 0) {
                (void)engine_change_free(c);
                return r;
        }

        *ret = c;
        return 0;
}

EngineChange *engine_change_free(EngineChange *c) {
        if (!c)
                return NULL;

        for (size_t i = 0; c->intakes && i < c->engine->workers->n; i++)
                (void)intakes_change_free(c->intakes[i]);
        free(c->intakes);
        free(c->list);
        output_plan_done(&c->outputs);
        listener_plan_done(&c->listeners);
        if (c->config != c->engine->config)
                (void)config_free(c->config);
        free(c);
        return NULL;
}

const Config *engine_change_config(const EngineChange *c) {
        return c->config;
}

int engine_change_apply(EngineChange *c, FILE *errors) {
        Engine *e = c->engine;
        Workers *w = e->workers;
        int r;

        if (!workers_are_clear(w))
                return -ENOMEM; /* a worker had no memory for another commit */

        r = listener_plan_open_late(&c->listeners, errors);
        if (r < 0)
                return r;

        listener_set_sweep(e->listeners);
        listener_plan_apply(&c->listeners, e->listeners);
        admission_change(w->admission, &c->config->limits);
        pace_change(w->pace, &c->config->limits);
        output_plan_apply(&c->outputs, &e->outputs, &e->routes);
        committer_change(e->committer, TAKE_PTR(c->list));
        if (c->config->log_level != e->config->log_level)
                log_set_level(c->config->log_level);
        if (c->config != e->config)
                (void)config_free(e->config);
        e->config = TAKE_PTR(c->config);
        for (size_t i = 0; i < w->n; i++)
                worker_change_by_main(&w->items[i], &e->config->limits, TAKE_PTR(c->intakes[i]));
        (void)workers_serve(w, e->listeners); /* what cannot be served was logged */
        return 0;
}
