/* SPDX-License-Identifier: MIT */
/* Reads libconfig's tree into a Config; see reader.h. */
#include "config/reader.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/place.h"
#include "config/setting.h"
#include "config/source.h"
#include "config/value.h"
#include "core/macro.h"

static void add_unknown(const config_setting_t *from, SettingScope scope, ProblemList *problems) {
        ProblemPlace place = place_at(from);
        const char *prefix, *name;

        if (!setting_suggest(scope, config_setting_name(from), &prefix, &name))
                problem_add(problems, &place, "unknown key");
        else if (!*prefix && scope != SETTING_TOP && !setting_find(scope, name))
                problem_add(problems, &place, "unknown key here, %s belongs at the top level",
                            name);
        else
                problem_add(problems, &place, "unknown key, did you mean %s%s?", prefix, name);
}

/* A group of values, and of such groups. */
static void read_group(const config_setting_t *group, SettingScope scope, void *structure,
                       ProblemList *problems) {
        for (int i = 0; i < config_setting_length(group); i++) {
                const config_setting_t *from = config_setting_get_elem(group, (unsigned)i);
                const Setting *s = setting_find(scope, config_setting_name(from));

                if (!s)
                        add_unknown(from, scope, problems);
                else if (s->type != SETTING_GROUP)
                        value_read(s, from, structure, problems);
                else if (value_has_type(s, from, problems))
                        read_group(from, s->inside, (char *)structure + s->offset, problems);
        }
}

/* SIZE: of one structure in ARRAY, which has room for the whole list. */
static void read_elements(const config_setting_t *list, SettingScope scope, void *array,
                          size_t size, ProblemList *problems) {
        for (int i = 0; i < config_setting_length(list); i++) {
                const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);
                void *structure = (char *)array + (size_t)i * size;

                setting_defaults(scope, structure);
                if (config_setting_is_group(group)) {
                        read_group(group, scope, structure, problems);
                } else {
                        ProblemPlace place = place_at(group);

                        problem_add(problems, &place, "wrong type, must be a group, { ... }");
                }
        }
}

static void read_list(const Setting *s, const config_setting_t *list, Config *c,
                      ProblemList *problems) {
        size_t n = (size_t)config_setting_length(list);
        size_t size = s->inside == SETTING_LISTENER ? sizeof(*c->listeners) : sizeof(*c->outputs);
        void *array;

        if (n == 0 || n > READER_LIST_MAX) {
                ProblemPlace place = place_at(list);

                problem_add(problems, &place, "must have 1 to %d entries, not %zu", READER_LIST_MAX,
                            n);
                return;
        }

        array = calloc(n, size);
        if (!array) {
                problems->out_of_memory = true;
                return;
        }

        if (s->inside == SETTING_LISTENER) {
                c->listeners = array;
                c->n_listeners = n;
        } else {
                c->outputs = array;
                c->n_outputs = n;
        }
        read_elements(list, s->inside, array, size, problems);
}

static void read_key(const config_setting_t *from, Config *c, ProblemList *problems) {
        const Setting *s = setting_find(SETTING_TOP, config_setting_name(from));

        if (!s) {
                add_unknown(from, SETTING_TOP, problems);
                return;
        }
        if (s->type != SETTING_GROUP && s->type != SETTING_LIST) {
                value_read(s, from, c, problems);
                return;
        }
        if (!value_has_type(s, from, problems))
                return;

        if (s->type == SETTING_GROUP)
                read_group(from, s->inside, (char *)c + s->offset, problems);
        else
                read_list(s, from, c, problems);
}

/* Walks the integers in the order of the file; hooks to each that libconfig misread its true value. */
static void hook_numbers(config_setting_t *from, const Source *source, size_t *index,
                         size_t *n_hooked) {
        if (config_setting_is_aggregate(from)) {
                for (int i = 0; i < config_setting_length(from); i++)
                        hook_numbers(config_setting_get_elem(from, (unsigned)i), source, index,
                                     n_hooked);
                return;
        }
        if (config_setting_type(from) != CONFIG_TYPE_INT &&
            config_setting_type(from) != CONFIG_TYPE_INT64)
                return;

        if (*n_hooked < source->n_numbers && source->numbers[*n_hooked].index == *index) {
                config_setting_set_hook(from, &source->numbers[*n_hooked]);
                (*n_hooked)++;
        }
        (*index)++;
}

void reader_read(config_setting_t *root, const Source *source, Config *c, ProblemList *problems) {
        size_t index = 0, n_hooked = 0;

        hook_numbers(root, source, &index, &n_hooked);

        setting_defaults(SETTING_TOP, c);
        for (int i = 0; i < config_setting_length(root); i++)
                read_key(config_setting_get_elem(root, (unsigned)i), c, problems);

        /* If a libconfig counted integers otherwise: better refuse the file than use a wrong number. */
        if (n_hooked < source->n_numbers && problems->n == 0) {
                const ProblemPlace place = { .line = 1 };
                const SourceNumber *n = &source->numbers[n_hooked];

                problem_add(problems, &place, "%.*s does not fit into 32 bits", MIN(n->size, 100),
                            n->text);
        }
}
