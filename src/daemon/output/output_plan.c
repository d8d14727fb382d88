/* SPDX-License-Identifier: MIT */
/*
 * "wait" outputs share a sixth of limits.memory: as much as a disk accepts during one slow flush;
 * more would only lengthen the queue. "drop" outputs share a sixteenth.
 */

#include "daemon/output/output_plan.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/path_template.h"
#include "core/record.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/file.h"
#include "daemon/output/output.h"
#include "daemon/output/output_file.h"
#include "daemon/output/output_files.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_journal.h"
#include "daemon/output/output_queue.h"
#include "daemon/output/output_stdout.h"
#include <errno.h>
#include <string.h>

#define SHARE_WAIT 6
#define SHARE_DROP 16
#define BUFFER_SIZE_MAX (1024 * 1024)
#define BUFFER_SIZE_MIN (16 * 1024)
/* Each worker fills one buffer while others are being written. */
#define BUFFERS_PER_WORKER 4

static size_t count_outputs(const Config *config, WhenFull when_full) {
        size_t n = 0;

        for (size_t i = 0; i < config->n_outputs; i++)
                n += config->outputs[i].when_full == when_full;
        return n;
}

/* Size of the buffers of one output. */
static uint64_t output_share(const Config *config, WhenFull when_full) {
        return config->limits.memory / (when_full == WHEN_FULL_WAIT ? SHARE_WAIT : SHARE_DROP) /
               count_outputs(config, when_full);
}

static size_t buffer_size(uint64_t share_size, unsigned workers) {
        uint64_t size = BUFFER_SIZE_MAX;

        while (size > BUFFER_SIZE_MIN && size * BUFFERS_PER_WORKER * workers > share_size)
                size /= 2;
        return (size_t)size;
}

/* A whole number of buffers; at least one per worker and one more, whatever the share. */
static size_t pool_size(uint64_t share_size, size_t size, unsigned workers) {
        uint64_t rounded = (share_size + size - 1) / size * size;

        return (size_t)MAX(rounded, (uint64_t)size * (workers + 1));
}

/* Its disk or reader must not hold back what does not go there. */
static bool needs_queue(const PlannedOutput *item) {
        return item->output->vtable->queued || item->separate ||
               item->config->when_full == WHEN_FULL_DROP;
}

/* Makes the queue that it requires if the output has none. */
static int make_queue(PlannedOutput *item) {
        Output *o = item->output;

        return o->queue || !needs_queue(item) ? 0 : output_queue_new(o, &item->queue);
}

/* For new and existing outputs. A queue stays when it is no longer used, and is reused later. */
static void set_up(PlannedOutput *item, size_t message_size) {
        const ConfigOutput *config = item->config;
        Output *o = item->output;

        atomic_store(&o->record_max, record_size_limit(config->format, message_size));
        free(o->key);
        o->key = TAKE_PTR(item->key);
        o->format = config->format;
        o->when_full = config->when_full;
        if (item->queue)
                o->queue = TAKE_PTR(item->queue);
        atomic_store(&o->queued, needs_queue(item));
        if (o->vtable->set_up)
                o->vtable->set_up(o, config);
}

/* Opens the file of a new output; no receipt waits for it yet. */
static int open_fresh(Output *o) {
        if (o->vtable->flush && o->vtable->maintain)
                (void)o->vtable->maintain(o);
        return -atomic_load(&o->write_errno);
}

static int new_output(const ConfigOutput *c, BufferPool *pool, MailboxGroup *workers,
                      Output **ret) {
        if (c->type == OUTPUT_JOURNAL)
                return output_journal_new(c, pool, workers, ret);
        if (strcmp(c->path, "-") == 0)
                return output_stdout_new(c, pool, workers, ret);

        return path_template_is(c->path) ? output_files_new(c, pool, workers, ret)
                                         : output_file_new(c, pool, workers, ret);
}

static Output *find_output(const OutputList *outputs, const ConfigOutput *c) {
        for (size_t i = 0; i < outputs->n; i++) {
                Output *o = outputs->items[i];

                if (o->type == c->type &&
                    (c->type == OUTPUT_JOURNAL || strcmp(o->name, c->path) == 0))
                        return o;
        }

        return NULL;
}

static int plan_one(PlannedOutput *item, const Config *config, MailboxGroup *workers,
                    size_t message_size) {
        const ConfigOutput *c = item->config;
        uint64_t size = output_share(config, c->when_full);
        unsigned n_workers = (unsigned)workers->n_members;
        BufferPool *pool;
        int r;

        item->separate = c->n_senders > 0 && c->n_senders < config->n_listeners;
        item->key = strdup(c->name);
        if (!item->key)
                return -ENOMEM;

        item->fresh = !item->output;
        if (item->fresh) {
                size_t one = buffer_size(size, n_workers);

                pool = buffer_pool_new(one, pool_size(size, one, n_workers));
                r = pool ? new_output(c, pool, workers, &item->output) : -ENOMEM;
                if (r < 0)
                        return r;
        }

        item->size_max = pool_size(size, buffer_pool_size(item->output->pool), n_workers);
        r = make_queue(item);
        if (r >= 0 && item->fresh) /* it must be complete to be opened */
                set_up(item, message_size);
        return r;
}

/* The routes of CONFIG, to the outputs in P. Returns 0 or -ENOMEM. */
static int plan_routes(OutputPlan *p, const Config *config) {
        p->routes.items = calloc(config->n_routes, sizeof(OutputList));
        if (!p->routes.items)
                return -ENOMEM;

        for (unsigned i = 0; i < config->n_routes; i++) {
                const ConfigRoute *from = &config->routes[i];
                OutputList *to = &p->routes.items[p->routes.n++];

                to->items = calloc(from->n, sizeof(Output *));
                if (!to->items)
                        return -ENOMEM;

                for (size_t j = 0; j < from->n; j++)
                        to->items[to->n++] = p->list.items[from->outputs[j]];
        }
        return 0;
}

void output_plan_free_routes(OutputRoutes *routes) {
        for (unsigned i = 0; i < routes->n; i++)
                free(routes->items[i].items);
        free(routes->items);
        *routes = (OutputRoutes){ 0 };
}

int output_plan_make(const OutputList *outputs, const Config *config, MailboxGroup *workers,
                     OutputPlan *ret) {
        OutputPlan p = {
                .items = calloc(config->n_outputs, sizeof(*p.items)),
                .list = { calloc(config->n_outputs, sizeof(Output *)), config->n_outputs },
                .message_size = (size_t)config->limits.message_size,
        };
        int r = p.items && p.list.items ? 0 : -ENOMEM;

        for (; p.n < config->n_outputs && r >= 0; p.n++) {
                PlannedOutput *item = &p.items[p.n];

                item->config = &config->outputs[p.n];
                item->output = find_output(outputs, item->config);
                r = plan_one(item, config, workers, p.message_size);
                p.list.items[p.n] = item->output;
        }
        if (r >= 0)
                r = plan_routes(&p, config);
        if (r < 0) {
                output_plan_done(&p);
                return r;
        }

        *ret = p;
        return 0;
}

int output_plan_open(const OutputPlan *p, FILE *errors) {
        int result = 0;

        for (size_t i = 0; i < p->n; i++) {
                Output *o = p->items[i].output;
                int r = p->items[i].fresh ? open_fresh(o) : 0;

                if (r < 0) /* a failure to print can't be reported anywhere */
                        (void)fprintf(errors, "output %s: %s: %s\n", o->name, file_refusal(r),
                                      strerrordesc_np(-r));
                result = MIN(result, r);
        }
        return result;
}

void output_plan_done(OutputPlan *p) {
        for (size_t i = 0; i < p->n; i++) {
                PlannedOutput *item = &p->items[i];

                item->queue = output_queue_free(item->queue);
                free(item->key);
                if (item->fresh)
                        (void)output_free(item->output);
        }
        free(p->items);
        free(p->list.items);
        output_plan_free_routes(&p->routes);
        *p = (OutputPlan){ 0 };
}

void output_plan_apply(OutputPlan *p, OutputList *outputs, OutputRoutes *routes) {
        for (size_t i = 0; i < p->n; i++) {
                PlannedOutput *item = &p->items[i];

                if (!item->fresh)
                        set_up(item, p->message_size);
                buffer_pool_set_max(item->output->pool, item->size_max);
                item->fresh = false;
        }
        free(outputs->items);
        *outputs = p->list;
        p->list = (OutputList){ 0 };
        output_plan_free_routes(routes);
        *routes = p->routes;
        p->routes = (OutputRoutes){ 0 };
        output_plan_done(p);
}
