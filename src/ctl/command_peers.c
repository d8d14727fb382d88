/* SPDX-License-Identifier: MIT */
/* sockctl peers: who is loud, and who has become silent. */

#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const Column columns[] = {
        { "PEER", TABLE_LEFT, "peer_address", table_text },
        { "RECEIVED", TABLE_RIGHT, "received", table_number },
        { "BYTES", TABLE_RIGHT, "bytes", table_bytes },
        { "REFUSED", TABLE_RIGHT, "refused", table_trouble },
        { "STREAMS", TABLE_RIGHT, "connections_accepted", table_number },
        { "FIRST SEEN", TABLE_LEFT, "first_seen_usec", table_ago },
        { "LAST SEEN", TABLE_LEFT, "last_seen_usec", table_ago },
};

/* Words of --sort, each with the key it looks at. */
static const struct {
        const char *word, *key;
        bool ascending; /* the smallest figure first */
} orders[] = {
        { "received", "received", false },
        { "bytes", "bytes", false },
        { "refused", "refused", false },
        { "last_seen", "last_seen_usec", true },
};

enum {
        KEY_SORT = OPTION_KEY_LONG,
};

typedef struct Wanted {
        size_t order;
        uint64_t lines;
} Wanted;

static const Option options[] = {
        { 'n', "lines", "N", "show only the first N" },
        { KEY_SORT, "sort", "KEY", "received [the default], bytes, refused, last_seen" },
};

static int take_option(void *target, int key, const char *argument) {
        Wanted *w = target;

        if (key == 'n')
                return options_number("--lines", argument, &w->lines);

        for (size_t i = 0; i < ELEMENTSOF(orders); i++)
                if (strcmp(argument, orders[i].word) == 0) {
                        w->order = i;
                        return 0;
                }
        print_error("--sort: \"%s\" is none of received, bytes, refused, last_seen", argument);
        return -EINVAL;
}

static int compare(const void *a, const void *b, void *userdata) {
        const Wanted *w = userdata;
        uint64_t x = rows_number(a, orders[w->order].key), y = rows_number(b, orders[w->order].key);

        if (orders[w->order].ascending)
                return x < y ? -1 : x > y;
        return x > y ? -1 : x < y;
}

static size_t arrange(Rows *rows, void *target) {
        const Wanted *w = target;

        if (rows->n > 0)
                qsort_r(rows->rows, rows->n, sizeof(*rows->rows), compare, target);
        return (size_t)MIN((uint64_t)rows->n, w->lines);
}

Status command_peers(Arguments arguments, Global *global) {
        static const Listing listing = {
                .set = { .command = " peers",
                         .usage = "[OPTION...]",
                         .summary = "Show who has sent how much, and when last.",
                         .options = options,
                         .n_options = ELEMENTSOF(options),
                         .take = take_option },
                .method = "ListPeers",
                .arrange = arrange,
                .columns = columns,
                .n_columns = ELEMENTSOF(columns),
                .what = "peer",
        };
        Wanted wanted = { .lines = UINT64_MAX };

        return listing_run(&listing, &wanted, arguments, global);
}
