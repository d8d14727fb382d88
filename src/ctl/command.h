/* SPDX-License-Identifier: MIT */
/* The commands of sockctl. Each is one row in main.c and one file command_NAME.c. */
#pragma once

#include "ctl/options.h"

/* Exit status. The first three mean the same for every command. */
typedef enum Status {
        STATUS_OK = 0,
        STATUS_FAILED = 1,
        STATUS_USAGE = 2,
        /* of "send" only */
        STATUS_NO_RECEIPT = 3,
        STATUS_NOT_CONNECTED = 4,
        /* of the commands that query sockd */
        STATUS_NOT_RUNNING = 3,
        STATUS_NO_BUS = 4,
} Status;

typedef struct Command {
        const char *name;
        const char *summary; /* one line of --help */
        /* ARGUMENTS begin with the name of the command. */
        Status (*run)(Arguments arguments, Global *global);
        bool has_json;
} Command;

/*
 * Parse the options of a command into TARGET. Return whether to go on, else *ret_status is the exit
 * status. The first leaves the words after the options in ARGUMENTS, the second allows none.
 */
bool command_options(const OptionSet *set, void *target, Arguments *arguments, Global *global,
                     Status *ret_status);
bool command_only_options(const OptionSet *set, void *target, Arguments arguments, Global *global,
                          Status *ret_status);

Status command_connections(Arguments arguments, Global *global);
Status command_disconnect(Arguments arguments, Global *global);
Status command_listeners(Arguments arguments, Global *global);
Status command_log(Arguments arguments, Global *global);
Status command_log_level(Arguments arguments, Global *global);
Status command_metrics(Arguments arguments, Global *global);
Status command_outputs(Arguments arguments, Global *global);
Status command_peers(Arguments arguments, Global *global);
Status command_reload(Arguments arguments, Global *global);
Status command_reopen(Arguments arguments, Global *global);
Status command_send(Arguments arguments, Global *global);
Status command_status(Arguments arguments, Global *global);
Status command_top(Arguments arguments, Global *global);
