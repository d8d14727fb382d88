/* SPDX-License-Identifier: MIT */
/* sockctl connections: in pages, because there may be a million. */

#include "core/bus_names.h"
#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/listing.h"

static const Column columns[] = {
        { "ID", TABLE_RIGHT, "id", table_number },
        { "LISTENER", TABLE_LEFT, "listener", table_text },
        { "PEER", TABLE_LEFT, "peer", table_endpoint },
        { "LOCAL", TABLE_LEFT, "local", table_endpoint },
        { "STATE", TABLE_LEFT, "state", table_text },
        { "SINCE", TABLE_LEFT, "since_usec", table_ago },
        { "IDLE", TABLE_LEFT, "idle_usec", table_span },
        { "RECEIVED", TABLE_RIGHT, "received", table_number },
        { "BYTES", TABLE_RIGHT, "bytes", table_bytes },
};

static Status get_page(sd_bus *bus, uint64_t after, Rows *rows) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        Status status = bus_call(bus, "ListConnections", &answer, "tu", after,
                                 (uint32_t)BUS_CONNECTIONS_MAX);
        int r;

        if (status != STATUS_OK)
                return status;

        r = rows_add(rows, answer);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

static uint64_t last_id(const Rows *rows) {
        return rows->n > 0 ? rows_number(&rows->rows[rows->n - 1], "id") : 0;
}

/* Until no more come: how many an answer has at most, sockd decides. Ids ascend, or else it stops. */
static Status get_all(sd_bus *bus, Rows *rows) {
        Status status;
        size_t before;
        uint64_t after;

        do {
                before = rows->n;
                after = last_id(rows);
                status = get_page(bus, after, rows);
        } while (status == STATUS_OK && rows->n > before && last_id(rows) > after);
        return status;
}

Status command_connections(Arguments arguments, Global *global) {
        static const Listing listing = {
                .set = { .command = " connections",
                         .usage = "[OPTION...]",
                         .summary = "Show the open connections, oldest first." },
                .get = get_all,
                .columns = columns,
                .n_columns = ELEMENTSOF(columns),
                .what = "connection",
        };

        return listing_run(&listing, NULL, arguments, global);
}
