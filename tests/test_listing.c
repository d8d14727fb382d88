/* SPDX-License-Identifier: MIT */
/* A list as a table with its total, or as JSON. */

#include "ctl/listing.h"

#include "ctl_print.h"
#include <stdlib.h>

static const Column columns[] = { { "NAME", TABLE_LEFT, "name", table_text } };
static const Listing listing = { .columns = columns, .n_columns = 1, .what = "peer" };

static void test_print(void **state _unused_) {
        const Global plain = { 0 }, bare = { .no_legend = true }, json = { .json = JSON_SHORT };
        const Rows none = { 0 }, one = ROWS(ROW(TEXT("name", "a")));
        const Rows two = ROWS(ROW(TEXT("name", "a")), ROW(TEXT("name", "b")));

        assert_prints(listing_print(&listing, &none, &plain), "NAME\n\n0 peers listed.\n");
        assert_prints(listing_print(&listing, &one, &plain), "NAME\na\n\n1 peer listed.\n");
        assert_prints(listing_print(&listing, &two, &plain), "NAME\na\nb\n\n2 peers listed.\n");
        assert_prints(listing_print(&listing, &two, &bare), "a\nb\n");
        assert_prints(listing_print(&listing, &two, &json),
                      "[{\"name\":\"a\"},{\"name\":\"b\"}]\n");
        assert_prints(listing_print(&listing, &none, &json), "[]\n");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_print) };

        (void)setenv("SYSTEMD_COLORS", "0", 1);
        (void)setenv("SYSTEMD_PAGER", "", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
