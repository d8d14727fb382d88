/* SPDX-License-Identifier: MIT */
/* sockctl log-level: shows it, or sets it. */

#include "core/bus_names.h"
#include "ctl/bus.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "ctl/print.h"
#include <stdio.h>
#include <string.h>

static Status set_level(sd_bus *bus, const char *level) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        Status status = STATUS_OK;

        if (sd_bus_set_property(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE, "LogLevel", &error, "s",
                                level) < 0)
                status = sd_bus_error_has_name(&error, SD_BUS_ERROR_INVALID_ARGS)
                                 ? (bus_explain(&error), STATUS_USAGE)
                                 : bus_explain(&error);
        sd_bus_error_free(&error);
        return status;
}

static Status show_level(sd_bus *bus, const Global *global) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        Field field = { .key = "log_level", .type = FIELD_TEXT };
        const Row row = { &field, 1 };
        Json j = { .mode = global->json };
        Status status = STATUS_OK;
        char *level = NULL;

        if (sd_bus_get_property_string(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE, "LogLevel", &error,
                                       &level) < 0)
                status = bus_explain(&error);
        else if (global->json == JSON_OFF)
                print_line(level, strlen(level));
        else {
                field.text = level;
                json_begin(&j, NULL, '{');
                json_fields(&j, &row);
                json_end(&j, '}');
        }
        free(level);
        sd_bus_error_free(&error);
        return status;
}

Status command_log_level(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " log-level",
                .usage = "[OPTION...] [error|warning|info|debug]",
                .summary = "Show or set how much sockd logs about itself.",
        };
        _cleanup_bus_ sd_bus *bus = NULL;
        Status status;

        if (!command_options(&set, NULL, &arguments, global, &status))
                return status;
        if (arguments.n > 1) {
                print_error("one level is enough: %s", arguments.words[1]);
                return STATUS_USAGE;
        }

        status = bus_open(&bus);
        if (status != STATUS_OK)
                return status;
        return arguments.n == 1 ? set_level(bus, arguments.words[0]) : show_level(bus, global);
}
