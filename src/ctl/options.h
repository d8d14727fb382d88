/* SPDX-License-Identifier: MIT */
/*
 * Command line options as tables: what getopt_long() and --help need to know stands in one row. The
 * global options are understood before and after the command.
 */
#pragma once

#include "core/instance.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum JsonMode {
        JSON_OFF,
        JSON_SHORT,
        JSON_PRETTY,
} JsonMode;

/* What the global options say. */
typedef struct Global {
        Instance instance;
        const char *config; /* the file to read; borrowed, perhaps from the instance */
        bool config_given;
        JsonMode json;
        bool no_json; /* of the command: an error with any other mode than off */
        bool quiet;
        bool no_pager;
        bool no_legend;
} Global;

typedef struct Arguments {
        int n;
        char **words;
} Arguments;

/* Options without a letter have keys from here on. */
#define OPTION_KEY_LONG 256

typedef struct Option {
        int key;              /* the letter */
        const char *name;     /* the long name; NULL when there is none */
        const char *argument; /* what --help calls it; NULL when the option takes none */
        const char *help;     /* NULL: --help tells of it beside another one */
} Option;

typedef struct OptionSet {
        const char *command; /* " NAME"; "" for what stands before the command */
        const char *usage;   /* what follows that */
        const char *summary;
        const Option *options; /* without the global ones; at most OPTION_SET_MAX */
        size_t n_options;
        /*
         * Returns 0, or -EINVAL after a line that says what is wrong. NULL in a set without
         * options.
         */
        int (*take)(void *target, int key, const char *argument);
        void (*help_more)(void); /* prints what --help shows above the options; may be NULL */
} OptionSet;

#define OPTION_SET_MAX 32

typedef enum OptionsResult {
        OPTIONS_GO,   /* ARGUMENTS are now the words behind the options */
        OPTIONS_DONE, /* --help or --version was printed: leave with success */
        OPTIONS_BAD,  /* a line was printed: leave with STATUS_USAGE */
} OptionsResult;

/*
 * Parse the argument TEXT of the option WHAT, such as "--lines", and return 0, or -EINVAL after
 * printing what is wrong: a number without a sign; more than no time, at most MAX_USEC; the index of
 * one of N words.
 */
int options_number(const char *what, const char *text, uint64_t *ret);
int options_time(const char *what, const char *text, uint64_t max_usec, uint64_t *ret_usec);
int options_word(const char *what, const char *text, const char *const words[], size_t n,
                 size_t *ret);

/*
 * Skips the first of ARGUMENTS, the program's or command's name. Options end at the first other
 * word.
 */
OptionsResult options_parse(const OptionSet *set, void *target, Global *global,
                            Arguments *arguments);
