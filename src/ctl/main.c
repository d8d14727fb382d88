/* SPDX-License-Identifier: MIT */
/* sockctl: finds the command and runs it. */

#include "core/macro.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "ctl/pager.h"
#include "ctl/print.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/*
 * "help", "help COMMAND" and "version" become the options of that meaning, behind the name of the
 * program or of the command.
 */
static void replace_word(Arguments *a) {
        static char help[] = "--help", version[] = "--version";
        bool is_help = strcmp(a->words[0], "help") == 0,
             names_command = a->n > 1 && strcmp(a->words[1], "help") != 0 &&
                             strcmp(a->words[1], "version") != 0;

        if (is_help && names_command) {
                a->words[0] = a->words[1];
                a->words[1] = help;
        } else if (is_help) {
                a->words[0] = help;
        } else if (strcmp(a->words[0], "version") == 0) {
                a->words[0] = version;
        }
}

static Status run(int argc, char **argv) {
        static const OptionSet set = {
                .command = "",
                .usage = "[OPTION...] COMMAND [ARGUMENT...]",
                .summary = "Control and query sockd; \"sockctl help COMMAND\" describes a command.",
                .help_more = commands_print,
        };
        Global global = { 0 };
        Arguments arguments = { argc, argv };
        const Command *command;

        (void)instance_init(&global.instance, NULL); /* cannot fail */
        global.config = global.instance.config;
        switch (options_parse(&set, NULL, &global, &arguments)) {
        case OPTIONS_DONE:
                return STATUS_OK;
        case OPTIONS_BAD:
                return STATUS_USAGE;
        case OPTIONS_GO:
                break;
        }
        if (arguments.n <= 0) {
                print_error("missing command (see \"sockctl --help\")");
                return STATUS_USAGE;
        }

        replace_word(&arguments);
        if (*arguments.words[0] == '-') {
                Arguments option = { arguments.n + 1, arguments.words - 1 };

                return options_parse(&set, NULL, &global, &option) == OPTIONS_BAD ? STATUS_USAGE
                                                                                  : STATUS_OK;
        }

        command = commands_find(arguments.words[0]);
        if (!command)
                return STATUS_USAGE;

        global.no_json = !command->has_json;
        return command->run(arguments, &global);
}

/*
 * Were a standard descriptor closed, a socket could get its number. /dev/null, opened the wrong way
 * round, takes its place, so that using it still fails.
 */
static int hold_standard_descriptors(void) {
        static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

        for (int fd = 0; fd < (int)ELEMENTSOF(flags); fd++)
                if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags[fd] | O_CLOEXEC) != fd)
                        return -1;
        return 0;
}

int main(int argc, char **argv) {
        Status status;
        int r;

        if (hold_standard_descriptors() < 0)
                return STATUS_FAILED;

        status = run(argc, argv);
        pager_close();
        r = print_flush();
        if (r < 0) {
                print_error("cannot write to standard output: %s", strerror(-r));
                return status == STATUS_OK ? STATUS_FAILED : status;
        }
        return status;
}
