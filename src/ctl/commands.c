/* SPDX-License-Identifier: MIT */
/* The table of commands, and what is said about a word that is not in it. */

#include "ctl/commands.h"

#include "config/suggest.h"
#include "core/macro.h"
#include "ctl/print.h"
#include <stdio.h>
#include <string.h>

static const Command commands[] = {
        { "status", "show the state of sockd on one screen", command_status, .has_json = true },
        { "listeners", "show listeners and what became of their messages", command_listeners,
          .has_json = true },
        { "connections", "show open connections", command_connections, .has_json = true },
        { "outputs", "show outputs and their state", command_outputs, .has_json = true },
        { "peers", "show the busiest peers and when they last sent", command_peers,
          .has_json = true },
        { "top", "show rates and problems on a live screen", command_top },
        { "log", "show recorded messages, prove receipts", command_log, .has_json = true },
        { "send", "send messages and print their receipts", command_send },
        { "disconnect", "close connections", command_disconnect },
        { "reload", "reload the configuration file", command_reload },
        { "reopen", "reopen output files", command_reopen },
        { "log-level", "show or set the log level of sockd", command_log_level, .has_json = true },
        { "metrics", "print the counters as Prometheus text", command_metrics },
};

/* What users of other programs try, and what does it here. */
static const struct {
        const char *name;
        const char *instead;
} others[] = {
        { "start", "systemctl start sockd" },
        { "stop", "systemctl stop sockd" },
        { "restart", "systemctl restart sockd" },
        { "enable", "systemctl enable sockd" },
        { "disable", "systemctl disable sockd" },
        { "kill", "systemctl kill sockd" },
        { "is-active", "systemctl is-active sockd" },
        { "is-enabled", "systemctl is-enabled sockd" },
        { "check", "sockd --check" },
        { "print-config", "sockd --print-config" },
};

void commands_print(void) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                printf("  %-24s %s\n", commands[i].name, commands[i].summary);
}

static void complain(const char *name) {
        const char *near = NULL;
        unsigned distance = SUGGEST_FAR;

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(others[i].name, name) == 0) {
                        print_error("unknown command: %s, use \"%s\"", name, others[i].instead);
                        return;
                }
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
}

const Command *commands_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        complain(name);
        return NULL;
}
