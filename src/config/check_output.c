/* SPDX-License-Identifier: MIT */
/* The rules of outputs, and of "outputs" in a listener, which names them. */
#include "config/check_output.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "config/check_file.h"
#include "config/check_impl.h"
#include "config/check_key.h"
#include "config/config.h"
#include "config/config_route.h"
#include "config/setting.h"
#include "core/macro.h"
#include "core/path_template.h"
#include "core/record.h"
#include "core/record_source.h"

static void check_template(const Check *check, const ConfigOutput *o) {
        size_t size;
        const char *unknown = path_template_find_unknown(o->path, &size);

        if (unknown)
                complain(check, "path", "\"%.*s\" is none of %%{listener}, %%{peer} and %%{date}",
                         (int)MIN(size, (size_t)PROBLEM_VALUE_MAX), unknown);
}

/* The longest name in PATH, without what is filled in. */
static size_t longest_name(const char *path) {
        size_t longest = 0, n = 0;

        for (const char *p = path; *p;) {
                if (p[0] == '%' && p[1] == '{') {
                        p = path_template_part_end(p);
                        continue;
                }
                n = *p++ == '/' ? 0 : n + 1;
                longest = MAX(longest, n);
        }
        return longest;
}

static void check_path(const Check *check, const ConfigOutput *o) {
        if (!o->path) {
                if (!is_set(check, "path"))
                        complain(check, "path", "missing, required for a file output");
                return;
        }
        if (strcmp(o->path, "-") == 0)
                return;

        if (o->path[0] != '/')
                complain(check, "path", "must be absolute or \"-\", not \"%.*s\"",
                         PROBLEM_VALUE_MAX, o->path);
        else if (o->path[strlen(o->path) - 1] == '/')
                complain(check, "path", "\"%.*s\" names a directory", PROBLEM_VALUE_MAX, o->path);
        else if (strlen(o->path) >= PATH_MAX)
                complain(check, "path", "longer than %d bytes", PATH_MAX - 1);
        else if (longest_name(o->path) > NAME_MAX)
                complain(check, "path", "has a name longer than %d bytes", NAME_MAX);
        check_template(check, o);
}

static void check_same_output(const Check *check, size_t i) {
        const ConfigOutput *o = &check->config->outputs[i];

        for (size_t j = 0; j < i; j++) {
                const ConfigOutput *other = &check->config->outputs[j];

                if (o->type != other->type)
                        continue;
                if (o->type == OUTPUT_JOURNAL) {
                        complain(check, "type", "outputs[%zu] is already the journal", j);
                        return;
                }
                if (o->path && other->path && strcmp(o->path, other->path) == 0) {
                        complain(check, "path", "outputs[%zu] already writes to this file", j);
                        return;
                }
        }
}

/* Without repeated slashes and "/.": one spelling for each file, for whoever compares them. */
static void simplify(char *path) {
        char *to = path;

        for (const char *p = path;; p++, to++) {
                while (*p == '/' && (p[1] == '/' || (p[1] == '.' && (p[2] == '/' || !p[2]))))
                        p += p[1] == '/' ? 1 : 2;
                *to = *p;
                if (!*p)
                        return;
        }
}

/* Journals have one name, files are numbered: "file-1" is the first one. */
static char *default_name(const Config *c, const ConfigOutput *o) {
        unsigned number = 0;
        char *name;

        if (o->type == OUTPUT_JOURNAL)
                return strdup("journal");

        for (const ConfigOutput *other = c->outputs; other <= o; other++)
                number += other->type == OUTPUT_FILE;
        return asprintf(&name, "file-%u", number) < 0 ? NULL : name;
}

static bool is_only_output(const Config *c, const ConfigOutput *o) {
        for (size_t i = 0; i < c->n_listeners; i++) {
                const ConfigStrings *names = &c->listeners[i].outputs;

                if (names->n == 1 && strcmp(names->items[0], o->name) == 0)
                        return true;
        }
        return c->n_outputs == 1;
}

int check_output_complete(Config *c) {
        for (size_t i = 0; i < c->n_outputs; i++) {
                ConfigOutput *o = &c->outputs[i];

                if (o->path)
                        simplify(o->path);
                if (!o->name && o->type != OUTPUT_TYPE_MAX_)
                        o->name = default_name(c, o);
                if (!o->name && o->type != OUTPUT_TYPE_MAX_)
                        return -ENOMEM;
                if (o->type == OUTPUT_JOURNAL)
                        o->format = FORMAT_JOURNAL;
                if (o->when_full == WHEN_FULL_MAX_)
                        o->when_full = o->type == OUTPUT_JOURNAL && !is_only_output(c, o)
                                               ? WHEN_FULL_DROP
                                               : WHEN_FULL_WAIT;
        }
        return 0;
}

static void check_output_name(const Check *check, size_t i) {
        const char *name = check->config->outputs[i].name;

        if (!name || !check_name(check, name))
                return;

        for (size_t j = 0; j < i; j++) {
                const ConfigOutput *other = &check->config->outputs[j];

                /* There is one journal at most, which is another rule. */
                if (other->type == OUTPUT_JOURNAL &&
                    check->config->outputs[i].type == OUTPUT_JOURNAL)
                        continue;
                if (other->name && strcmp(name, other->name) == 0) {
                        check_name_taken(check, name, "outputs", j);
                        return;
                }
        }
}

void check_output(const Check *check, ConfigOutput *o) {
        const size_t i = (size_t)(o - check->config->outputs);

        if (o->type == OUTPUT_TYPE_MAX_ && !is_set(check, "type"))
                complain(check, "type", "missing, must be \"journal\" or \"file\"");
        check_applies(check, SETTING_OUTPUT, o);
        if (o->type == OUTPUT_FILE)
                check_path(check, o);
        if (check_file_output(check, o) < 0)
                check->problems->out_of_memory = true;
        check_same_output(check, i);
        check_output_name(check, i);
}

/* Whether which file it is depends on the listener alone. */
static bool is_constant(const ConfigOutput *o) {
        return o->type == OUTPUT_FILE && !path_template_has(o->path, "peer") &&
               !path_template_has(o->path, "date");
}

static bool is_same_file(const ConfigOutput *a, const ConfigListener *la, const ConfigOutput *b,
                         const ConfigListener *lb) {
        const RecordSource source_a = { .listener = la->name }, source_b = { .listener = lb->name };
        const RecordTime time = { 0 };
        char path_a[PATH_MAX], path_b[PATH_MAX];

        return config_listener_has_output(la, a) && config_listener_has_output(lb, b) &&
               path_template_expand(a->path, &source_a, &time, path_a, sizeof(path_a)) > 0 &&
               path_template_expand(b->path, &source_b, &time, path_b, sizeof(path_b)) > 0 &&
               strcmp(path_a, path_b) == 0;
}

static bool meet(const Config *c, const ConfigOutput *a, const ConfigOutput *b) {
        for (size_t i = 0; i < c->n_listeners; i++)
                for (size_t j = 0; j < c->n_listeners; j++)
                        if (is_same_file(a, &c->listeners[i], b, &c->listeners[j]))
                                return true;
        return false;
}

void check_output_files(const Check *check, size_t i) {
        const Config *c = check->config;
        const ConfigOutput *o = &c->outputs[i];

        for (size_t j = 0; j < i && is_constant(o); j++)
                if (is_constant(&c->outputs[j]) && meet(c, o, &c->outputs[j])) {
                        complain(check, "path", "outputs[%zu] already writes to one of its files",
                                 j);
                        return;
                }
}

static void check_names(const Check *check, const ConfigListener *l) {
        const config_setting_t *list = config_setting_get_member(check->group, "outputs");

        for (size_t i = 0; i < l->outputs.n; i++) {
                const char *name = l->outputs.items[i];
                ProblemPlace place = place_at(config_setting_get_elem(list, (unsigned)i));

                if (!config_find_output(check->config, name))
                        problem_add(check->problems, &place, "no output is named \"%.*s\"",
                                    PROBLEM_VALUE_MAX, name);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(l->outputs.items[j], name) == 0)
                                problem_add(check->problems, &place, "\"%.*s\" is there twice",
                                            PROBLEM_VALUE_MAX, name);
        }
        if (config_setting_is_aggregate(list) && config_setting_length(list) == 0)
                complain(check, "outputs", "must name at least one output");
}

/* All of them. */
static int complete_names(const Config *c, ConfigListener *l) {
        for (size_t i = 0; i < c->n_outputs; i++)
                if (c->outputs[i].name && config_strings_add(&l->outputs, c->outputs[i].name) < 0)
                        return -ENOMEM;
        return 0;
}

void check_listener_outputs(const Check *check, ConfigListener *l) {
        if (is_set(check, "outputs"))
                check_names(check, l);
        else if (complete_names(check->config, l) < 0)
                check->problems->out_of_memory = true;
        if (l->acknowledge == LEVEL_DURABLE && !config_can_be_durable(check->config, l))
                complain(check, "acknowledge",
                         "\"durable\" requires a file output with when_full \"wait\" and a path "
                         "other than \"-\"%s",
                         is_set(check, "outputs") ? " among its outputs" : "");
}
