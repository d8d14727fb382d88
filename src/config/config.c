/* SPDX-License-Identifier: MIT */
/* The settings as an immutable value: loading and looking; see config.h. */
#include "config/config.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/problem.h"
#include "config/reader.h"
#include "config/setting.h"
#include "config/source.h"

void config_listener_done(ConfigListener *l) {
        free(l->name);
        free(l->address);
        free(l->reply);
        *l = (ConfigListener){ 0 };
}

int config_listener_copy(const ConfigListener *l, ConfigListener *ret) {
        ConfigListener copy = *l;

        copy.name = strdup(l->name);
        copy.address = strdup(l->address);
        copy.reply = strdup(l->reply);
        if (!copy.name || !copy.address || !copy.reply) {
                config_listener_done(&copy);
                return -ENOMEM;
        }

        *ret = copy;
        return 0;
}

Config *config_free(Config *c) {
        if (!c)
                return NULL;

        for (size_t i = 0; i < c->n_listeners; i++)
                config_listener_done(&c->listeners[i]);
        for (size_t i = 0; i < c->n_outputs; i++)
                free(c->outputs[i].path);
        free(c->listeners);
        free(c->outputs);
        free(c);
        return NULL;
}

int config_listener_defaults(Protocol protocol, const char *name, Level acknowledge,
                             ConfigListener *ret) {
        ConfigListener l = { 0 };
        int r;

        setting_defaults(SETTING_LISTENER, &l);
        l.protocol = protocol;
        r = check_complete_listener(&l, name, acknowledge);
        if (r < 0) {
                config_listener_done(&l);
                return r;
        }

        *ret = l;
        return 0;
}

bool config_can_be_durable(const Config *c) {
        for (size_t i = 0; i < c->n_outputs; i++) {
                const ConfigOutput *o = &c->outputs[i];

                if (o->type == OUTPUT_FILE && o->when_full == WHEN_FULL_WAIT && o->path &&
                    strcmp(o->path, "-") != 0)
                        return true;
        }
        return false;
}

const ConfigListener *config_find_listener(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_listeners; i++)
                if (strcmp(c->listeners[i].name, name) == 0)
                        return &c->listeners[i];
        return NULL;
}

static void check_mode(const Source *source, ProblemList *problems) {
        const ProblemPlace place = { .line = 1 };

        if (source->world_writable)
                problem_add(problems, &place, "the file is world-writable, chmod o-w it");
}

static void parse(const Source *source, Config *c, ProblemList *problems) {
        _cleanup_(config_destroy) config_t tree;

        config_init(&tree);
        if (!config_read_string(&tree, source->text)) {
                const ProblemPlace place = { .line = (unsigned)MAX(config_error_line(&tree), 1) };

                problem_add(problems, &place, "%s", config_error_text(&tree));
                return;
        }

        reader_read(config_root_setting(&tree), source, c, problems);
        check_config(c, config_root_setting(&tree), problems);
}

/* Fails when there is no text or no memory; what is wrong with the text becomes a problem. */
static int load(const char *path, Config *c, ProblemList *problems) {
        _cleanup_(source_done) Source source = { 0 };
        int r;

        r = source_read(path, &source);
        if (r < 0)
                return r;

        check_mode(&source, problems);
        r = source_scan(&source, problems);
        if (r < 0)
                return r;

        parse(&source, c, problems);
        return problems->out_of_memory ? -ENOMEM : 0;
}

int config_load(const char *path, FILE *errors, Config **ret) {
        _cleanup_(problem_done) ProblemList problems = { 0 };
        _cleanup_(config_freep) Config *c = calloc(1, sizeof(*c));
        int r;

        r = c ? load(path, c, &problems) : -ENOMEM;
        problem_print(&problems, path, errors);
        if (r < 0 && r != -EBADMSG) {
                problem_print_file(path, strerror(-r), errors);
                return r;
        }
        if (r < 0 || problems.n > 0)
                return -EBADMSG;

        *ret = TAKE_PTR(c);
        return 0;
}
