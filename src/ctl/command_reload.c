/* SPDX-License-Identifier: MIT */
/* sockctl reload and reopen: wait until it is done and print errors. */

#include "ctl/bus.h"
#include "ctl/command.h"

/* Disks may be slow, and the call waits for a reload that is already running. */
#define TIMEOUT_USEC (60 * USEC_PER_SEC)

static Status run(const OptionSet *set, const char *method, Arguments arguments, Global *global) {
        _cleanup_message_ sd_bus_message *call = NULL, *answer = NULL;
        _cleanup_bus_ sd_bus *bus = NULL;
        Status status;

        if (!command_only_options(set, NULL, arguments, global, &status))
                return status;

        status = bus_open(global, TIMEOUT_USEC, &bus);
        if (status == STATUS_OK)
                status = bus_new_call(bus, method, &call);
        return status == STATUS_OK ? bus_call_message(bus, call, &answer) : status;
}

Status command_reload(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " reload",
                .usage = "[OPTION...]",
                .summary = "Have sockd reload its configuration file and reopen its output files.",
        };

        return run(&set, "Reload", arguments, global);
}

Status command_reopen(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " reopen",
                .usage = "[OPTION...]",
                .summary = "Have sockd reopen its files, after they were moved.",
        };

        return run(&set, "Reopen", arguments, global);
}
