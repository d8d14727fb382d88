/* SPDX-License-Identifier: MIT */
/* Tables of options: parsing them, and printing them as --help. */

#include "ctl/options.h"

#include "core/macro.h"
#include "core/unit.h"
#include "ctl/print.h"
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#error "PACKAGE_VERSION comes from the build"
#endif

enum {
        KEY_JSON = OPTION_KEY_LONG + 64, /* above the keys that commands use */
        KEY_NO_PAGER,
        KEY_NO_LEGEND,
};

static const Option global_options[] = {
        { 'c', "config", "FILE", "read this configuration file" },
        { 'i', "instance", "NAME", "the sockd of this name, one of several" },
        { 'q', "quiet", NULL, "do not show progress" },
        { KEY_JSON, "json", "MODE", "JSON: short, pretty, off; -j: pretty on a terminal" },
        { 'j', NULL, NULL, NULL },
        { KEY_NO_PAGER, "no-pager", NULL, "never start a pager" },
        { KEY_NO_LEGEND, "no-legend", NULL, "print no headers or totals" },
        { 'V', "version", NULL, "print the version" },
        { 'h', "help", NULL, "print this help" },
};

#define N_GLOBAL ELEMENTSOF(global_options)

/* The arguments of getopt_long(), made from a set and the global options. */
typedef struct Getopt {
        const Option *rows[OPTION_SET_MAX + N_GLOBAL];
        size_t n_rows;
        char letters[2 + 2 * (OPTION_SET_MAX + N_GLOBAL) + 1];
        struct option names[OPTION_SET_MAX + N_GLOBAL + 1];
        size_t n_names;
} Getopt;

static void add_row(Getopt *g, const Option *row) {
        size_t n = strlen(g->letters);

        g->rows[g->n_rows++] = row;
        if (row->key < OPTION_KEY_LONG) {
                g->letters[n++] = (char)row->key;
                if (row->argument)
                        g->letters[n++] = ':';
                g->letters[n] = '\0';
        }
        if (row->name)
                g->names[g->n_names++] = (struct option){
                        .name = row->name,
                        .has_arg = row->argument ? required_argument : no_argument,
                        .val = row->key,
                };
}

static void getopt_init(Getopt *g, const OptionSet *set) {
        /* "+": options end at the first other word; ":": report a missing argument as such */
        *g = (Getopt){ .letters = "+:" };
        assert(set->n_options <= OPTION_SET_MAX);
        for (size_t i = 0; i < set->n_options; i++)
                add_row(g, &set->options[i]);
        for (size_t i = 0; i < N_GLOBAL; i++)
                add_row(g, &global_options[i]);
}

static const Option *find_row(const Getopt *g, int key) {
        for (size_t i = 0; i < g->n_rows; i++)
                if (g->rows[i]->key == key)
                        return g->rows[i];
        return NULL;
}

static bool is_global(const Option *row) {
        for (size_t i = 0; i < N_GLOBAL; i++)
                if (row == &global_options[i])
                        return true;
        return false;
}

static void print_options(const Option *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                char left[40];
                const Option *o = &rows[i];
                bool letter = o->key < OPTION_KEY_LONG;

                if (!o->help)
                        continue;

                (void)snprintf(left, sizeof(left), "%c%c%s%s%s%s%s", letter ? '-' : ' ',
                               letter ? (char)o->key : ' ', letter && o->name ? "," : " ",
                               o->name ? " --" : "", o->name ? o->name : "",
                               o->argument ? (o->name ? "=" : " ") : "",
                               o->argument ? o->argument : "");
                printf("  %-24s %s\n", left, o->help);
        }
}

static void print_help(const OptionSet *set) {
        printf("Usage: sockctl%s %s\n%s\n", set->command, set->usage, set->summary);
        if (set->help_more)
                set->help_more();
        if (set->n_options > 0)
                printf("\n");
        print_options(set->options, set->n_options);
        printf("\n");
        print_options(global_options, N_GLOBAL);
}

static int set_json(Global *global, const char *argument) {
        static const char *const modes[] = {
                [JSON_OFF] = "off",
                [JSON_SHORT] = "short",
                [JSON_PRETTY] = "pretty",
        };
        size_t mode;
        int r = options_word("--json", argument, modes, ELEMENTSOF(modes), &mode);

        if (r >= 0)
                global->json = (JsonMode)mode;
        return r;
}

static OptionsResult take_instance(Global *global, const char *name) {
        if (instance_init(&global->instance, name) < 0) {
                print_error("--instance: invalid name \"%s\" (expected " INSTANCE_NAME_EXPECTED ")",
                            name);
                return OPTIONS_BAD;
        }
        if (!global->config_given)
                global->config = global->instance.config;
        return OPTIONS_GO;
}

static OptionsResult take_global(Global *global, const OptionSet *set, int key,
                                 const char *argument) {
        switch (key) {
        case 'c':
                global->config = argument;
                global->config_given = true;
                return OPTIONS_GO;
        case 'i':
                return take_instance(global, argument);
        case 'q':
                global->quiet = true;
                return OPTIONS_GO;
        case 'j':
                global->json = isatty(STDOUT_FILENO) ? JSON_PRETTY : JSON_SHORT;
                return OPTIONS_GO;
        case KEY_JSON:
                return set_json(global, argument) < 0 ? OPTIONS_BAD : OPTIONS_GO;
        case KEY_NO_PAGER:
                global->no_pager = true;
                return OPTIONS_GO;
        case KEY_NO_LEGEND:
                global->no_legend = true;
                return OPTIONS_GO;
        case 'V':
                printf("sockctl %s\n", PACKAGE_VERSION);
                return OPTIONS_DONE;
        default:
                assert(key == 'h');
                print_help(set);
                return OPTIONS_DONE;
        }
}

/* CODE: '?' or ':' from getopt_long(), which leaves the offending option in optopt. */
static void complain(const Getopt *g, int code, const char *word, const char *command) {
        const Option *row = find_row(g, optopt);

        if (code == ':' && row && row->name)
                print_error("option --%s requires an argument: %s", row->name, row->argument);
        else if (row && row->name)
                print_error("option --%s takes no argument", row->name);
        else if (optopt > 0 && optopt < OPTION_KEY_LONG)
                print_error("unknown option: -%c (see \"sockctl%s --help\")", optopt, command);
        else
                print_error("unknown option: %s (see \"sockctl%s --help\")", word, command);
}

int options_number(const char *what, const char *text, uint64_t *ret) {
        char *end;

        errno = 0;
        *ret = strtoull(text, &end, 10);
        if (errno > 0 || *text < '0' || *text > '9' || *end) {
                print_error("%s: invalid number \"%s\"", what, text);
                return -EINVAL;
        }
        return 0;
}

int options_time(const char *what, const char *text, uint64_t max_usec, uint64_t *ret_usec) {
        char max[UNIT_TEXT_MAX];
        uint64_t usec = 0;
        int r = unit_parse_time(text, &usec);

        if (r == -EINVAL) {
                print_error("%s: invalid time \"%s\" (expected %s)", what, text,
                            UNIT_TIME_EXPECTED);
                return -EINVAL;
        }
        if (r < 0 || usec == 0 || usec > max_usec) {
                unit_format_time(max_usec, max);
                print_error("%s: \"%s\" is out of range (expected more than 0, at most %s)", what,
                            text, max);
                return -EINVAL;
        }
        *ret_usec = usec;
        return 0;
}

int options_word(const char *what, const char *text, const char *const words[], size_t n,
                 size_t *ret) {
        char expected[128] = "";

        for (size_t i = 0, size = 0; i < n; i++) {
                if (strcmp(text, words[i]) == 0) {
                        *ret = i;
                        return 0;
                }
                size += (size_t)snprintf(expected + size, sizeof(expected) - size, "%s%s",
                                         i == 0       ? ""
                                         : i + 1 == n ? " or "
                                                      : ", ",
                                         words[i]);
                assert(size < sizeof(expected));
        }
        print_error("%s: invalid value \"%s\" (expected %s)", what, text, expected);
        return -EINVAL;
}

OptionsResult options_parse(const OptionSet *set, void *target, Global *global,
                            Arguments *arguments) {
        Getopt g;
        int key;

        getopt_init(&g, set);
        opterr = 0;
        optind = 0; /* GNU: start over with this table */
        while ((key = getopt_long(arguments->n, arguments->words, g.letters, g.names, NULL)) >= 0) {
                const Option *row = find_row(&g, key);
                OptionsResult r;

                if (!row) {
                        complain(&g, key, arguments->words[optind - 1], set->command);
                        return OPTIONS_BAD;
                }
                if (is_global(row))
                        r = take_global(global, set, key, optarg);
                else
                        r = set->take(target, key, optarg) < 0 ? OPTIONS_BAD : OPTIONS_GO;
                if (r != OPTIONS_GO)
                        return r;
        }
        if (global->no_json && global->json != JSON_OFF) {
                print_error("%s has no JSON output", set->command + 1);
                return OPTIONS_BAD;
        }
        *arguments = (Arguments){ arguments->n - optind, arguments->words + optind };
        return OPTIONS_GO;
}
