/* SPDX-License-Identifier: MIT */
/* sockctl log-level: shows it, or sets it. */

#include "ctl/bus.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "ctl/print.h"
#include <string.h>

static Status set_level(sd_bus *bus, const char *level) {
        _cleanup_message_ sd_bus_message *call = NULL, *answer = NULL;
        Status status = bus_new_property_call(bus, "Set", "LogLevel", &call);
        int r;

        if (status != STATUS_OK)
                return status;

        r = sd_bus_message_append(call, "v", "s", level);
        return r < 0 ? bus_bad_answer(r) : bus_call_message(bus, call, &answer);
}

static void print_level(const char *level, const Global *global) {
        Field field = { .key = "log_level", .type = FIELD_TEXT, .text = level };
        const Row row = { &field, 1 };
        Json j = { .mode = global->json };

        if (global->json == JSON_OFF) {
                print_line(level, strlen(level));
                return;
        }
        json_begin(&j, NULL, '{');
        json_fields(&j, &row);
        json_end(&j, '}');
}

static Status show_level(sd_bus *bus, const Global *global) {
        _cleanup_message_ sd_bus_message *call = NULL, *answer = NULL;
        Status status = bus_new_property_call(bus, "Get", "LogLevel", &call);
        const char *level;
        int r;

        if (status == STATUS_OK)
                status = bus_call_message(bus, call, &answer);
        if (status != STATUS_OK)
                return status;

        r = sd_bus_message_read(answer, "v", "s", &level);
        if (r < 0)
                return bus_bad_answer(r);

        print_level(level, global);
        return STATUS_OK;
}

Status command_log_level(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " log-level",
                .usage = "[OPTION...] [error|warning|info|debug]",
                .summary = "Show or set the log level of sockd.",
        };
        _cleanup_bus_ sd_bus *bus = NULL;
        Status status;

        if (!command_options(&set, NULL, &arguments, global, &status))
                return status;
        if (arguments.n > 1) {
                print_error("unexpected argument: %s (see \"sockctl log-level --help\")",
                            arguments.words[1]);
                return STATUS_USAGE;
        }

        status = bus_open(global, BUS_TIMEOUT_USEC, &bus);
        if (status != STATUS_OK)
                return status;
        return arguments.n == 1 ? set_level(bus, arguments.words[0]) : show_level(bus, global);
}
