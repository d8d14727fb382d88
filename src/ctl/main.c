/* SPDX-License-Identifier: MIT */
/* sockctl: finds the command and runs it. */

#include "config/suggest.h"
#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/options.h"
#include "ctl/pager.h"
#include "ctl/print.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const Command commands[] = {
        { "status", "show the state of sockd on one screen", command_status },
        { "listeners", "show listeners and what became of their messages", command_listeners },
        { "connections", "show open connections", command_connections },
        { "outputs", "show outputs and their state", command_outputs },
        { "peers", "show the busiest peers and when they last sent", command_peers },
        { "top", "show rates and problems on a live screen", command_top },
        { "log", "show messages from the journal", command_log },
        { "send", "send messages and print their receipts", command_send },
        { "disconnect", "close connections", command_disconnect },
        { "reload", "reload the configuration file", command_reload },
        { "reopen", "reopen output files", command_reopen },
        { "log-level", "show or set the log level of sockd", command_log_level },
        { "metrics", "print the counters as Prometheus text", command_metrics },
};

static void print_commands(void) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                printf("  %-24s %s\n", commands[i].name, commands[i].summary);
}

static const Command *find_command(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

static Status complain(const char *name) {
        const char *near = NULL;
        unsigned distance = SUGGEST_FAR;

        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                unsigned d = suggest_distance(name, commands[i].name);

                if (d < distance) {
                        distance = d;
                        near = commands[i].name;
                }
        }
        if (near)
                print_error("unknown command: %s, did you mean \"%s\"?", name, near);
        else
                print_error("unknown command: %s (see \"sockctl --help\")", name);
        return STATUS_USAGE;
}

static Status run(int argc, char **argv) {
        static const OptionSet set = {
                .command = "",
                .usage = "[OPTION...] COMMAND [ARGUMENT...]",
                .summary =
                        "Control and query sockd; \"sockctl COMMAND --help\" describes a command.",
                .help_more = print_commands,
        };
        Global global = { .config = SOCKD_CONFIG_FILE };
        Arguments arguments = { argc, argv };
        const Command *command;

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

        command = find_command(arguments.words[0]);
        return command ? command->run(arguments, &global) : complain(arguments.words[0]);
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
