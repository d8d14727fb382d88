/* SPDX-License-Identifier: MIT */
/* The options of "sockctl log". */
#pragma once

#include "ctl/command.h"
#include "ctl/log_source.h"

typedef enum LogOutput {
        LOG_SHORT,
        LOG_JSON,
        LOG_CAT,
} LogOutput;

/* The texts are borrowed from the arguments. */
typedef struct LogOptions {
        LogWish wish;
        LogOutput output;
        bool lines_set, output_set;
        const char *receipts; /* a file of them to prove, or "-"; NULL: none */
} LogOptions;

/* Returns whether to go on, else *ret_status is the exit status. */
bool log_options_parse(Arguments arguments, Global *global, LogOptions *ret, Status *ret_status);
