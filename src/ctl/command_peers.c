/* SPDX-License-Identifier: MIT */
/* sockctl peers: the busiest peers, and those that have gone quiet. */

#include "core/macro.h"
#include "ctl/command.h"
#include "ctl/listing.h"

static const Column columns[] = {
        { "PEER", TABLE_LEFT, "peer_address", table_text },
        { "RECEIVED", TABLE_RIGHT, "received", table_number },
        { "BYTES", TABLE_RIGHT, "bytes", table_bytes },
        { "REFUSED", TABLE_RIGHT, "refused", table_trouble },
        { "DENIED", TABLE_RIGHT, "denied", table_trouble },
        { "CONNECTIONS", TABLE_RIGHT, "connections_accepted", table_number },
        { "FIRST SEEN", TABLE_LEFT, "first_seen_usec", table_ago },
        { "LAST SEEN", TABLE_LEFT, "last_seen_usec", table_ago },
};

/* Words of --sort. */
static const char *const order_words[] = { "received", "bytes", "refused", "last_seen" };

/* The key that each looks at. */
static const struct {
        const char *key;
        bool ascending; /* smallest first */
} orders[ELEMENTSOF(order_words)] = {
        { "received", false },
        { "bytes", false },
        { "refused", false },
        { "last_seen_usec", true },
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
        { KEY_SORT, "sort", "KEY", "received [default], bytes, refused or last_seen" },
};

static int take_option(void *target, int key, const char *argument) {
        Wanted *w = target;

        if (key == 'n')
                return options_number("--lines", argument, &w->lines);
        return options_word("--sort", argument, order_words, ELEMENTSOF(orders), &w->order);
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
                         .summary = "Show the busiest peers and when they last sent.",
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
