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

void snapshot_done(Snapshot *s) {
        rows_done(&s->status);
        rows_done(&s->listeners);
        rows_done(&s->outputs);
}
