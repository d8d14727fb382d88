/* SPDX-License-Identifier: MIT */
/* One value of the file; see value.h. */
#include "config/value.h"

#include <assert.h>
#include <errno.h>
#include <libconfig.h>
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "config/place.h"
#include "config/source.h"
#include "core/macro.h"
#include "core/unit.h"

bool value_has_type(const Setting *s, const config_setting_t *from, ProblemList *problems) {
        enum {
                integer = 1u << CONFIG_TYPE_INT | 1u << CONFIG_TYPE_INT64
        };
        static const char *const found[] = {
                [CONFIG_TYPE_NONE] = "nothing",     [CONFIG_TYPE_GROUP] = "a group",
                [CONFIG_TYPE_INT] = "an integer",   [CONFIG_TYPE_INT64] = "an integer",
                [CONFIG_TYPE_FLOAT] = "a fraction", [CONFIG_TYPE_STRING] = "a string",
                [CONFIG_TYPE_BOOL] = "a boolean",   [CONFIG_TYPE_ARRAY] = "an array",
                [CONFIG_TYPE_LIST] = "a list",
        };
        static const struct {
                unsigned accepted;
                const char *text;
        } wanted[SETTING_TYPE_MAX_] = {
                [SETTING_TEXT] = { 1u << CONFIG_TYPE_STRING, "a string" },
                [SETTING_WORD] = { 1u << CONFIG_TYPE_STRING, "a string" },
                [SETTING_NUMBER] = { integer, "an integer" },
                [SETTING_BOOLEAN] = { 1u << CONFIG_TYPE_BOOL, "true or false" },
                [SETTING_SIZE] = { integer | 1u << CONFIG_TYPE_STRING,
                                   "an integer of bytes or a string such as \"64K\"" },
                [SETTING_TIME] = { integer | 1u << CONFIG_TYPE_FLOAT | 1u << CONFIG_TYPE_STRING,
                                   "a number of seconds or a string such as \"10min\"" },
                [SETTING_STRINGS] = { 1u << CONFIG_TYPE_ARRAY | 1u << CONFIG_TYPE_LIST,
                                      "a list of strings, [ \"...\", ... ]" },
                [SETTING_OCTETS] = { 1u << CONFIG_TYPE_ARRAY | 1u << CONFIG_TYPE_LIST,
                                     "a list of integers, [ 0, ... ]" },
                [SETTING_GROUP] = { 1u << CONFIG_TYPE_GROUP, "a group, { ... }" },
                [SETTING_LIST] = { 1u << CONFIG_TYPE_LIST, "a list of groups, ( { ... }, ... )" },
        };
        int type = config_setting_type(from);
        ProblemPlace place;

        if (wanted[s->type].accepted & 1u << type)
                return true;

        place = place_at(from);
        problem_add(problems, &place, "wrong type, must be %s, not %s", wanted[s->type].text,
                    found[type]);
        return false;
}

static void read_text(const Setting *s, const config_setting_t *from, void *structure,
                      ProblemList *problems) {
        char *text = strdup(config_setting_get_string(from));

        if (!text) {
                problems->out_of_memory = true;
                return;
        }
        *(char **)(void *)((char *)structure + s->offset) = text;
}

/* "a", "b" or "c" */
static void list_words(const Setting *s, char *buf, size_t size) {
        size_t n = 0;
        unsigned last = (unsigned)s->max;

        for (unsigned i = (unsigned)s->min; i <= last; i++) {
                const char *separator = i == last ? " or " : ", ";

                if (!s->word(i))
                        continue;
                n += (size_t)snprintf(buf + n, size - n, "%s\"%s\"", n > 0 ? separator : "",
                                      s->word(i));
                assert(n < size);
        }
}

static void read_word(const Setting *s, const config_setting_t *from, void *structure,
                      ProblemList *problems) {
        const char *text = config_setting_get_string(from);
        ProblemPlace place;
        char words[128];

        for (unsigned i = (unsigned)s->min; i <= s->max; i++)
                if (s->word(i) && strcmp(s->word(i), text) == 0) {
                        setting_store(s, structure, i);
                        return;
                }

        place = place_at(from);
        list_words(s, words, sizeof(words));
        problem_add(problems, &place, "must be %s, not \"%.*s\"", words, PROBLEM_VALUE_MAX, text);
}

static void add_out_of_range(const Setting *s, const config_setting_t *from, const char *text,
                             ProblemList *problems) {
        ProblemPlace place = place_at(from);
        char min[SETTING_VALUE_MAX], max[SETTING_VALUE_MAX];

        setting_format_unit(s, s->min, min);
        setting_format_unit(s, s->max, max);
        problem_add(problems, &place, "%s is out of range, must be %s to %s", text, min, max);
}

static int64_t integer_of(const config_setting_t *from) {
        const SourceNumber *n = config_setting_get_hook(from);

        if (n)
                return n->value;
        if (config_setting_type(from) == CONFIG_TYPE_INT)
                return config_setting_get_int(from);
        return config_setting_get_int64(from);
}

static void read_number(const Setting *s, const config_setting_t *from, void *structure,
                        ProblemList *problems) {
        const SourceNumber *n = config_setting_get_hook(from);
        int64_t value = integer_of(from);
        char text[PROBLEM_VALUE_MAX];

        if (n)
                (void)snprintf(text, sizeof(text), "%.*s", n->size, n->text);
        else
                (void)snprintf(text, sizeof(text), "%lld", (long long)value);

        if (value < 0 || (uint64_t)value < s->min || (uint64_t)value > s->max) {
                add_out_of_range(s, from, text, problems);
                return;
        }
        if (n) {
                ProblemPlace place = place_at(from);

                problem_add(problems, &place, "%s does not fit into 32 bits, write %sL", text,
                            text);
                return;
        }
        setting_store(s, structure, (uint64_t)value);
}

/* A string: a number with a unit. */
static void read_unit(const Setting *s, const config_setting_t *from, void *structure,
                      ProblemList *problems) {
        bool is_size = s->type == SETTING_SIZE;
        const char *text = config_setting_get_string(from);
        char shown[PROBLEM_VALUE_MAX + 3];
        ProblemPlace place;
        uint64_t value = 0;
        int r = is_size ? unit_parse_size(text, &value) : unit_parse_time(text, &value);

        if (r == -EINVAL) {
                place = place_at(from);
                problem_add(problems, &place, "must be %s, not \"%.*s\"",
                            is_size ? UNIT_SIZE_EXPECTED : UNIT_TIME_EXPECTED, PROBLEM_VALUE_MAX,
                            text);
                return;
        }
        if (r < 0 || value < s->min || value > s->max) {
                (void)snprintf(shown, sizeof(shown), "\"%.*s\"", PROBLEM_VALUE_MAX, text);
                add_out_of_range(s, from, shown, problems);
                return;
        }
        setting_store(s, structure, value);
}

static void read_boolean(const Setting *s, const config_setting_t *from, void *structure,
                         ProblemList *problems _unused_) {
        setting_store(s, structure, (uint64_t)config_setting_get_bool(from));
}

static void read_size(const Setting *s, const config_setting_t *from, void *structure,
                      ProblemList *problems) {
        if (config_setting_type(from) == CONFIG_TYPE_STRING)
                read_unit(s, from, structure, problems);
        else
                read_number(s, from, structure, problems);
}

static void read_time(const Setting *s, const config_setting_t *from, void *structure,
                      ProblemList *problems) {
        double seconds;
        char text[PROBLEM_VALUE_MAX];
        uint64_t usec;

        if (config_setting_type(from) == CONFIG_TYPE_STRING) {
                read_unit(s, from, structure, problems);
                return;
        }
        if (config_setting_type(from) == CONFIG_TYPE_FLOAT)
                seconds = config_setting_get_float(from);
        else
                seconds = (double)integer_of(from);

        if (!(seconds * USEC_PER_SEC >= (double)s->min &&
              seconds * USEC_PER_SEC <= (double)s->max)) {
                (void)snprintf(text, sizeof(text), "%.10g", seconds);
                add_out_of_range(s, from, text, problems);
                return;
        }

        /* A very short time must not round to 0, which means never. */
        usec = (uint64_t)(seconds * USEC_PER_SEC + 0.5);
        setting_store(s, structure, seconds > 0 ? MAX(usec, UINT64_C(1)) : 0);
}

static bool is_strings(const Setting *s, const config_setting_t *from, ProblemList *problems) {
        const unsigned n = (unsigned)config_setting_length(from);
        bool good = true;
        ProblemPlace place;

        if (n > s->max) {
                place = place_at(from);
                problem_add(problems, &place, "has %u entries, must not have more than %llu", n,
                            (unsigned long long)s->max);
                return false;
        }
        for (unsigned i = 0; i < n; i++) {
                const config_setting_t *item = config_setting_get_elem(from, i);

                if (config_setting_type(item) == CONFIG_TYPE_STRING)
                        continue;
                place = place_at(item);
                problem_add(problems, &place, "wrong type, must be a string");
                good = false;
        }
        return good;
}

static void read_strings(const Setting *s, const config_setting_t *from, void *structure,
                         ProblemList *problems) {
        ConfigStrings *field = (void *)((char *)structure + s->offset);

        if (!is_strings(s, from, problems))
                return;

        for (int i = 0; i < config_setting_length(from); i++)
                if (config_strings_add(field, config_setting_get_string_elem(from, i)) < 0)
                        problems->out_of_memory = true;
}

static void read_octets(const Setting *s, const config_setting_t *from, void *structure,
                        ProblemList *problems) {
        ConfigOctets *field = (void *)((char *)structure + s->offset);

        for (int i = 0; i < config_setting_length(from); i++) {
                const config_setting_t *item = config_setting_get_elem(from, (unsigned)i);
                const int type = config_setting_type(item);
                ProblemPlace place = place_at(item);

                if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
                        problem_add(problems, &place, "wrong type, must be an integer");
                else if (integer_of(item) < 0 || (uint64_t)integer_of(item) > s->max)
                        problem_add(problems, &place, "%lld is out of range, must be 0 to %u",
                                    (long long)integer_of(item), (unsigned)s->max);
                else
                        config_octets_add(field, (uint8_t)integer_of(item));
        }
}

void value_read(const Setting *s, const config_setting_t *from, void *structure,
                ProblemList *problems) {
        static void (*const readers[SETTING_TYPE_MAX_])(const Setting *, const config_setting_t *,
                                                        void *, ProblemList *) = {
                [SETTING_TEXT] = read_text,     [SETTING_WORD] = read_word,
                [SETTING_NUMBER] = read_number, [SETTING_SIZE] = read_size,
                [SETTING_TIME] = read_time,     [SETTING_STRINGS] = read_strings,
                [SETTING_OCTETS] = read_octets, [SETTING_BOOLEAN] = read_boolean,
        };

        if (value_has_type(s, from, problems))
                readers[s->type](s, from, structure, problems);
}
