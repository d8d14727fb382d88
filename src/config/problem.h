/* SPDX-License-Identifier: MIT */
/*
 * The errors of one config file, collected in any order and printed in the order of the file. Text
 * that came from the file is escaped here, on the way out, and nowhere else.
 */
#pragma once

#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROBLEM_KEY_MAX 160
/* Characters of an invalid value that an error line shows. */
#define PROBLEM_VALUE_MAX 100

/*
 * Where in the file: a line (0 = the file as a whole) and a key such as "listeners[0].port" or "".
 */
typedef struct ProblemPlace {
        unsigned line;
        uint64_t order; /* of settings on one line; 0 if unknown */
        char key[PROBLEM_KEY_MAX];
} ProblemPlace;

typedef struct Problem {
        unsigned line;
        uint64_t order;
        size_t number; /* order of discovery, for those in one place */
        char *text;
} Problem;

typedef struct ProblemList {
        Problem *items;
        size_t n;
        size_t n_allocated;
        bool out_of_memory; /* the list is incomplete: loading has failed */
} ProblemList;

void problem_done(ProblemList *list);

/* Lack of memory is remembered in the list, so callers need no result. */
void problem_add(ProblemList *list, const ProblemPlace *place, const char *format, ...)
        _printf_(3, 4);

/* One line each: "FILE:LINE: KEY: text". */
void problem_print(ProblemList *list, const char *file, FILE *f);

/* One line for the file as a whole: "FILE: text". */
void problem_print_file(const char *file, const char *text, FILE *f);
