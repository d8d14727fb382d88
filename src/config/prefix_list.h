/* SPDX-License-Identifier: MIT */
/*
 * The lists allow, deny and proxies: prefixes, and "@PATH" for a file of prefixes, one a line, with
 * comments after "#".
 */
#pragma once

#include "config/problem.h"
#include "core/protocol.h"
#include <stdio.h>

typedef struct ConfigStrings ConfigStrings;
typedef struct PrefixSet PrefixSet;

/* Of a file. */
#define PREFIX_LIST_FILE_MAX 100000

/*
 * Adds what is wrong with TEXT, an entry of a list for peers of PROTOCOL. A file is not looked at: it
 * may serve listeners of several protocols.
 */
void prefix_list_check(const char *text, Protocol protocol, const ProblemPlace *place,
                       ProblemList *problems);
/*
 * Makes a set of LIST, which has been checked, and of its files; NULL if the list is empty. Returns
 * 0 or negative errno. Problems are printed to ERRORS, one per line: "FILE:LINE: text".
 */
int prefix_list_load(const ConfigStrings *list, FILE *errors, PrefixSet **ret);
