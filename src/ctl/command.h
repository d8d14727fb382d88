/* SPDX-License-Identifier: MIT */
/* The commands of sockctl. Each is one row in main.c and one file command_NAME.c. */
#pragma once

#include "ctl/options.h"

/* Exit status. The first three mean the same for every command, the others belong to "send". */
typedef enum Status {
        STATUS_OK = 0,
        STATUS_FAILED = 1,
        STATUS_USAGE = 2,
        STATUS_NO_RECEIPT = 3,
        STATUS_NOT_CONNECTED = 4,
} Status;

typedef struct Command {
        const char *name;
        const char *summary; /* one line of --help */
        /* ARGUMENTS begin with the name of the command. */
        Status (*run)(Arguments arguments, Global *global);
} Command;

Status command_send(Arguments arguments, Global *global);
