/* SPDX-License-Identifier: MIT */
/* Three calls. */

#include "ctl/snapshot.h"

#include "ctl/listing.h"

static Status get_status(sd_bus *bus, Rows *rows) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        Status status = bus_call(bus, "GetStatus", &answer, "");
        int r;

        if (status != STATUS_OK)
                return status;

        r = rows_add_one(rows, answer);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

Status snapshot_get(sd_bus *bus, Snapshot *ret) {
        Snapshot s = { 0 };
        Status status = get_status(bus, &s.status);

        if (status == STATUS_OK)
                status = listing_get(bus, "ListListeners", &s.listeners);
        if (status == STATUS_OK)
                status = listing_get(bus, "ListOutputs", &s.outputs);
        if (status != STATUS_OK)
                snapshot_done(&s);
        *ret = s;
        return status;
}

bool snapshot_of_command(const OptionSet *set, Arguments arguments, Global *global, Snapshot *ret,
                         Status *ret_status) {
        _cleanup_bus_ sd_bus *bus = NULL;

        if (!command_only_options(set, NULL, arguments, global, ret_status))
                return false;

        *ret_status = bus_open(&bus);
        if (*ret_status == STATUS_OK)
                *ret_status = snapshot_get(bus, ret);
        return *ret_status == STATUS_OK;
}

void snapshot_done(Snapshot *s) {
        rows_done(&s->status);
        rows_done(&s->listeners);
        rows_done(&s->outputs);
}
