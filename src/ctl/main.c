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
        { "status", "show on one screen what sockd is doing", command_status },
        { "listeners", "show listeners and what became of their messages", command_listeners },
        { "connections", "show open streams", command_connections },
        { "outputs", "show where records go", command_outputs },
        { "peers", "show who sends how much, and when last", command_peers },
        { "top", "show rates and trouble on a live screen", command_top },
        { "log", "show messages that are in the journal", command_log },
        { "send", "send messages and print their receipts", command_send },
        { "disconnect", "close streams", command_disconnect },
        { "reload", "read the configuration file again", command_reload },
        { "reopen", "reopen files that were moved", command_reopen },
        { "log-level", "show or set how much sockd logs about itself", command_log_level },
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
                .summary = "Talk to sockd. \"sockctl COMMAND --help\" tells more about a command.",
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
                print_error("which command? (see \"sockctl --help\")");
                return STATUS_USAGE;
        }

        command = find_command(arguments.words[0]);
        return command ? command->run(arguments, &global) : complain(arguments.words[0]);
}

/*
 * A closed standard descriptor would become a socket. Its place is taken so that using it still
 * fails.
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
