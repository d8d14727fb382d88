/* SPDX-License-Identifier: MIT */
/* sockctl outputs */

#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/listing.h"

Status command_outputs(Arguments arguments, Global *global) {
        static const Listing listing = {
                .set = { .command = " outputs",
                         .usage = "[OPTION...]",
                         .summary = "Show the outputs and whether they work." },
                .method = "ListOutputs",
                .columns = columns_output,
                .n_columns = COLUMNS_OUTPUT,
                .what = "output",
        };

        return listing_run(&listing, NULL, arguments, global);
}
