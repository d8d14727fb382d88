/* SPDX-License-Identifier: MIT */
/* Three calls, made at once. */

#include "ctl/snapshot.h"

#include "ctl/listing.h"

Status snapshot_get(sd_bus *bus, Snapshot *ret) {
        BusCall calls[] = {
                { .method = "GetStatus" },
                { .method = "ListListeners" },
                { .method = "ListOutputs" },
        };
        Status status = bus_call_all(bus, calls, ELEMENTSOF(calls));
        Snapshot s = { 0 };
        int r = 0;

        if (status == STATUS_OK) {
                r = rows_add_one(&s.status, calls[0].answer);
                if (r >= 0)
                        r = rows_add(&s.listeners, calls[1].answer);
                if (r >= 0)
                        r = rows_add(&s.outputs, calls[2].answer);
        }
        bus_calls_done(calls, ELEMENTSOF(calls));
        if (r < 0) {
                snapshot_done(&s);
                status = bus_bad_answer(r);
        }
        *ret = s;
        return status;
}

bool snapshot_of_command(const OptionSet *set, Arguments arguments, Global *global, Snapshot *ret,
                         Status *ret_status) {
        _cleanup_bus_ sd_bus *bus = NULL;

        if (!command_only_options(set, NULL, arguments, global, ret_status))
                return false;

        *ret_status = bus_open(global, BUS_TIMEOUT_USEC, &bus);
        if (*ret_status == STATUS_OK)
                *ret_status = snapshot_get(bus, ret);
        return *ret_status == STATUS_OK;
}

void snapshot_done(Snapshot *s) {
        rows_done(&s->status);
        rows_done(&s->listeners);
        rows_done(&s->outputs);
}
