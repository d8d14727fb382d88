/* SPDX-License-Identifier: MIT */
/* sockctl disconnect */

#include "core/macro.h"
#include "ctl/bus.h"
#include "ctl/command.h"
#include "ctl/print.h"
#include <inttypes.h>

static Status call(sd_bus *bus, const uint64_t *ids, size_t n, sd_bus_message **ret) {
        _cleanup_message_ sd_bus_message *m = NULL;
        Status status = bus_new_call(bus, "Disconnect", &m);
        int r;

        if (status != STATUS_OK)
                return status;

        r = sd_bus_message_append_array(m, 't', ids, n * sizeof(*ids));
        return r < 0 ? bus_bad_answer(r) : bus_call_message(bus, m, ret);
}

static Status disconnect(const Global *global, const uint64_t *ids, size_t n) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        _cleanup_bus_ sd_bus *bus = NULL;
        const uint64_t *unknown;
        Status status = bus_open(global, BUS_TIMEOUT_USEC, &bus);
        size_t size;
        int r;

        if (status == STATUS_OK)
                status = call(bus, ids, n, &answer);
        if (status != STATUS_OK)
                return status;

        r = sd_bus_message_read_array(answer, 't', (const void **)&unknown, &size);
        if (r < 0)
                return bus_bad_answer(r);

        for (size_t i = 0; i < size / sizeof(*unknown); i++)
                print_error("no connection %" PRIu64, unknown[i]);
        return size > 0 ? STATUS_FAILED : STATUS_OK;
}

Status command_disconnect(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " disconnect",
                .usage = "[OPTION...] ID...",
                .summary = "Close connections, by the ids that \"sockctl connections\" shows.",
        };
        _cleanup_free_ uint64_t *ids = NULL;
        Status status;

        if (!command_options(&set, NULL, &arguments, global, &status))
                return status;
        if (arguments.n == 0) {
                print_error("missing connection id (see \"sockctl connections\")");
                return STATUS_USAGE;
        }

        ids = calloc((size_t)arguments.n, sizeof(*ids));
        if (!ids) {
                print_error("out of memory");
                return STATUS_FAILED;
        }
        for (int i = 0; i < arguments.n; i++)
                if (options_number("connection id", arguments.words[i], &ids[i]) < 0)
                        return STATUS_USAGE;
        return disconnect(global, ids, (size_t)arguments.n);
}
