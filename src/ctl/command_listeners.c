/* SPDX-License-Identifier: MIT */
/* sockctl listeners */

#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/listing.h"

Status command_listeners(Arguments arguments, Global *global) {
        static const Listing listing = {
                .set = { .command = " listeners",
                         .usage = "[OPTION...]",
                         .summary = "Show the listeners and what became of their messages." },
                .method = "ListListeners",
                .columns = columns_listener,
                .n_columns = COLUMNS_LISTENER,
                .what = "listener",
        };

        return listing_run(&listing, NULL, arguments, global);
}
