/* SPDX-License-Identifier: MIT */
/* Commands that show a list of sockd's: as a table, or as JSON. */
#pragma once

#include "ctl/bus.h"
#include "ctl/rows.h"
#include "ctl/table.h"

typedef struct Listing {
        OptionSet set;
        const char *method;
        const Column *columns;
        size_t n_columns;
        const char *what; /* one of them, for "N %ss listed." */
} Listing;

/* Calls a method without arguments that answers with aa{sv}. */
Status listing_get(sd_bus *bus, const char *method, Rows *rows);
void listing_print(const Listing *l, const Rows *rows, const Global *global);
/* All of it. */
Status listing_run(const Listing *l, Arguments arguments, Global *global);
