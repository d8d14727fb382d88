/* SPDX-License-Identifier: MIT */
/* Commands that show a list of sockd's: as a table, or as JSON. */
#pragma once

#include "ctl/bus.h"
#include "ctl/rows.h"
#include "ctl/table.h"

typedef struct Listing {
        OptionSet set;
        const char *method; /* answers with aa{sv} and takes no arguments */
        /* Instead of METHOD, where one call is not enough. */
        Status (*get)(sd_bus *bus, Rows *rows);
        /* Sorts ROWS by what the options asked for, returns how many to show. NULL: all, as they are. */
        size_t (*arrange)(Rows *rows, void *target);
        const Column *columns;
        size_t n_columns;
        const char *what; /* one of them, for "N %ss listed." */
} Listing;

/* Calls such a METHOD and appends its answer to ROWS. Returns as bus_call() does. */
Status listing_get(sd_bus *bus, const char *method, Rows *rows);
void listing_print(const Listing *l, const Rows *rows, const Global *global);
/* The whole command: parses its options into TARGET, asks sockd, prints. */
Status listing_run(const Listing *l, void *target, Arguments arguments, Global *global);
