/* SPDX-License-Identifier: MIT */
/* From the options of a list command to its output. */

#include "ctl/listing.h"

#include "ctl/json.h"
#include "ctl/pager.h"
#include <stdio.h>

Status listing_get(sd_bus *bus, const char *method, Rows *rows) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        Status status = bus_call(bus, method, &answer, "");
        int r;

        if (status != STATUS_OK)
                return status;

        r = rows_add(rows, answer);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

void listing_print(const Listing *l, const Rows *rows, const Global *global) {
        Json j = { .mode = global->json };

        if (global->json != JSON_OFF) {
                json_rows(&j, NULL, rows);
                return;
        }

        pager_open(global);
        table_print(l->columns, l->n_columns, rows, global);
        if (!global->no_legend)
                printf("\n%zu %s%s listed.\n", rows->n, l->what, rows->n == 1 ? "" : "s");
}

Status listing_run(const Listing *l, void *target, Arguments arguments, Global *global) {
        _cleanup_(rows_done) Rows rows = { 0 };
        _cleanup_bus_ sd_bus *bus = NULL;
        Status status;
        Rows shown;

        if (!command_only_options(&l->set, target, arguments, global, &status))
                return status;

        status = bus_open(global, BUS_TIMEOUT_USEC, &bus);
        if (status == STATUS_OK)
                status = l->get ? l->get(bus, &rows) : listing_get(bus, l->method, &rows);
        if (status != STATUS_OK)
                return status;

        shown = rows;
        if (l->arrange)
                shown.n = l->arrange(&rows, target);
        listing_print(l, &shown, global);
        return STATUS_OK;
}
