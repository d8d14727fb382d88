/* SPDX-License-Identifier: MIT */
/* What waits in a commit, and who is woken when the last output has reported. */

#include "daemon/output/commit.h"

#include "core/stats.h"
#include "daemon/loop/mailbox.h"
#include "unit.h"
#include <errno.h>

static void test_runs_grow(void **state _unused_) {
        Commit *c = commit_new(NULL, 0);
        size_t empty, many;

        assert_non_null(c);
        empty = commit_memory(c);
        assert_true(commit_is_empty(c));
        for (uint32_t i = 0; i < 1000; i++) {
                Run *r;

                if (i >= COMMIT_RUNS_MIN && i == c->levels[LEVEL_WRITTEN].n_runs_allocated)
                        assert_null(commit_add_run(c, LEVEL_WRITTEN));
                assert_true(commit_reserve_run(c, LEVEL_WRITTEN));
                r = commit_add_run(c, LEVEL_WRITTEN);
                assert_non_null(r);
                *r = (Run){ .count = i };
        }
        for (uint32_t i = 0; i < 1000; i++)
                assert_int_equal(c->levels[LEVEL_WRITTEN].runs[i].count, i);
        assert_int_equal(c->levels[LEVEL_WRITTEN].n_runs, 1000);
        assert_int_equal(c->levels[LEVEL_DURABLE].n_runs, 0);
        assert_false(commit_is_empty(c));
        many = commit_memory(c);
        assert_true(many >= empty + 1000 * sizeof(Run));

        commit_reset(c);
        assert_true(commit_is_empty(c));
        assert_int_equal(commit_memory(c), empty);
        assert_null(commit_free(c));
        assert_null(commit_free(NULL));
}

static void test_replies_grow(void **state _unused_) {
        Commit *c = commit_new(NULL, 0);
        size_t empty, few;

        assert_non_null(c);
        empty = commit_memory(c);
        for (uint32_t i = 0; i < 1000; i++) {
                Reply *r = commit_add_reply(c, LEVEL_DURABLE);

                assert_non_null(r);
                *r = (Reply){ .size_max = i };
        }
        for (uint32_t i = 0; i < 1000; i++)
                assert_int_equal(c->levels[LEVEL_DURABLE].replies[i].size_max, i);
        assert_true(commit_memory(c) >= empty + 1000 * sizeof(Reply));
        commit_reset(c);
        assert_int_equal(commit_memory(c), empty);

        /* A few stay allocated for the next use. */
        assert_non_null(commit_add_reply(c, LEVEL_DURABLE));
        few = commit_memory(c);
        assert_true(few > empty);
        commit_reset(c);
        assert_int_equal(commit_memory(c), few);
        assert_int_equal(c->levels[LEVEL_DURABLE].n_replies, 0);
        assert_null(commit_free(c));
}

static void test_merge(void **state _unused_) {
        static Addressee somebody;
        static Stats one, other;
        static const struct {
                Addressee *addressee;
                Stats *stats;
                uint32_t before, count;
                bool merged;
        } rows[] = {
                { NULL, &one, 1, 2, true },
                { NULL, &other, 1, 2, false },
                { &somebody, &one, 1, 2, false },
                { NULL, &one, UINT32_MAX - 2, 2, true },
                { NULL, &one, UINT32_MAX - 1, 2, false },
        };
        Commit *c = commit_new(NULL, 0);

        assert_non_null(c);
        assert_false(commit_merge_run(c, LEVEL_DURABLE, &(Run){ .stats = &one, .count = 1 }));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Run run = { .stats = &one, .count = rows[i].count };
                Run *last = commit_add_run(c, LEVEL_DURABLE);

                *last = (Run){ rows[i].addressee, rows[i].stats, .count = rows[i].before };
                assert_false(commit_merge_run(c, LEVEL_WRITTEN, &run)); /* levels are apart */
                assert_int_equal(commit_merge_run(c, LEVEL_DURABLE, &run), rows[i].merged);
                assert_int_equal(last->count,
                                 rows[i].before + (rows[i].merged ? rows[i].count : 0));
                assert_int_equal(c->levels[LEVEL_DURABLE].n_runs, 1);
                commit_reset(c);
        }
        assert_null(commit_free(c));
}

static void test_wants_flush(void **state _unused_) {
        Commit *c = commit_new(NULL, 0);

        assert_non_null(c);
        *commit_add_run(c, LEVEL_WRITTEN) = (Run){ .count = 1 };
        assert_false(commit_is_empty(c));
        assert_false(commit_wants_flush(c));
        *commit_add_run(c, LEVEL_DURABLE) = (Run){ .count = 1 };
        assert_true(commit_wants_flush(c));
        assert_null(commit_free(c));
}

/* The last report says whom to wake, whatever the order of errors; the first error stays. */
static void test_reports(void **state _unused_) {
        static const struct {
                int reports[3], error;
        } rows[] = {
                { { 0, 0, 0 }, 0 },
                { { -EIO, 0, 0 }, EIO },
                { { 0, 0, -ENOSPC }, ENOSPC },
                { { 0, -ENOSPC, -EIO }, ENOSPC },
        };
        static Mailbox mailbox;
        Commit *c = commit_new(&mailbox, 65);

        assert_non_null(c);
        assert_true(c->worker_bit == UINT64_C(1) << 1);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const int *r = rows[i].reports;

                for (size_t n = 0; n < 3; n++) {
                        commit_expect(c, LEVEL_WRITTEN);
                        commit_expect(c, LEVEL_DURABLE);
                }
                assert_null(commit_written(c, r[0]));
                assert_true(commit_flushed(c, r[0]) == 0);
                assert_null(commit_written(c, r[1]));
                assert_false(commit_has_reached(c, LEVEL_WRITTEN));
                assert_ptr_equal(commit_written(c, r[2]), &mailbox);
                assert_true(commit_has_reached(c, LEVEL_WRITTEN));
                assert_true(commit_flushed(c, r[1]) == 0);
                assert_false(commit_has_reached(c, LEVEL_DURABLE));
                assert_true(commit_flushed(c, r[2]) == c->worker_bit);
                assert_true(commit_has_reached(c, LEVEL_DURABLE));
                assert_int_equal(atomic_load(&c->error), rows[i].error);
                commit_reset(c);
                assert_int_equal(atomic_load(&c->error), 0);
        }
        assert_null(commit_free(c));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs_grow), cmocka_unit_test(test_replies_grow),
                cmocka_unit_test(test_merge),     cmocka_unit_test(test_wants_flush),
                cmocka_unit_test(test_reports),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
