/* SPDX-License-Identifier: MIT */
/* Messages become records, runs and commits; commits come back in order, level by level. */

#include "daemon/intake/intake.h"

#include "config/config.h"
#include "core/receipt.h"
#include "core/record_source.h"
#include "core/stats.h"
#include "daemon/intake/intake_writer.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_list.h"
#include "tests/unit.h"
#include <string.h>

#define BUFFER_SIZE 4096

/* An output that keeps what was written to it, and reports what it is told to. */
typedef struct FakeOutput {
        Output base;
        char text[4 * BUFFER_SIZE];
        size_t size;
        int error;
} FakeOutput;

static int fake_write(Output *o, const Segment *s) {
        FakeOutput *f = CONTAINER_OF(o, FakeOutput, base);

        if (f->error == 0 && f->size + s->to - s->from <= sizeof(f->text)) {
                memcpy(f->text + f->size, s->buffer->data + s->from, s->to - s->from);
                f->size += s->to - s->from;
        }
        output_count(o, s->n_records, f->error);
        return f->error;
}

static const OutputVtable vtable = { .write = fake_write };

typedef struct Fixture {
        Mailbox mailbox;
        FakeOutput output;
        Output *items[1];
        OutputList list;
        Intake *intake;
        Stats stats;
        Addressee addressee;
        Receipt *receipt;
} Fixture;

static void begin(Fixture *f, WhenFull when_full, size_t n_buffers) {
        Id first;

        *f = (Fixture){ .output.base = {
                                .vtable = &vtable,
                                .when_full = when_full,
                                .pool = buffer_pool_new(BUFFER_SIZE, n_buffers * BUFFER_SIZE) } };
        f->items[0] = &f->output.base;
        f->list = (OutputList){ f->items, 1 };
        assert_int_equal(mailbox_init(&f->mailbox), 0);
        assert_int_equal(receipt_new("ok %i\n", LEVEL_WRITTEN, &f->receipt), 0);
        id_init(&first, 1, 1, 0);
        f->intake = intake_new(&f->mailbox, 0, &first);
        intake_change_outputs(f->intake, intake_prepare_writers(1), &f->list, 1024 * 1024);
        intake_set_time(f->intake, 1, 1);
        intake_change_source(
                f->intake,
                &(RecordSource){ .listener = "x", .peer_text = "peer", .peer_text_size = 4 });
}

static void end(Fixture *f) {
        (void)intake_free(f->intake);
        (void)buffer_pool_free(f->output.base.pool);
        (void)receipt_free(f->receipt);
        mailbox_done(&f->mailbox);
}

static void add(Fixture *f, const char *text, bool truncated) {
        const Message m = { .data = text,
                            .size = strlen(text),
                            .true_size = strlen(text) + truncated };

        intake_add(f->intake, &m);
}

static void test_runs(void **state _unused_) {
        CommitLevel *l;
        Commit *c;
        Fixture f;

        begin(&f, WHEN_FULL_WAIT, 4);
        intake_begin(f.intake, LEVEL_WRITTEN, &f.stats, f.receipt, &f.addressee);
        add(&f, "one", false);
        add(&f, "two", false);
        add(&f, "cut", true);
        assert_int_equal(intake_end(f.intake), 0);
        assert_int_equal(counter_read(&f.stats.received), 3);
        assert_int_equal(counter_read(&f.stats.truncated), 1);
        assert_int_equal(f.addressee.n_pending, 2);
        assert_int_equal(intake_open(f.intake), FLUSH_OPEN_AWAITED);

        intake_commit(f.intake);
        c = intake_pop(f.intake, LEVEL_RECEIVED);
        l = &c->levels[LEVEL_WRITTEN];
        assert_int_equal(l->n_runs, 2);
        assert_int_equal(l->runs[0].count, 2);
        assert_int_equal(l->runs[1].count, 1);
        assert_true(l->runs[1].truncated);
        f.output.text[f.output.size] = '\0';
        assert_non_null(strstr(f.output.text, " one\n"));
        assert_ptr_equal(intake_pop(f.intake, LEVEL_WRITTEN), c);
        assert_ptr_equal(intake_pop(f.intake, LEVEL_DURABLE), c);
        intake_recycle(f.intake, c);
        assert_true(intake_is_idle(f.intake));
        end(&f);
}

/* What nobody waits for is counted by listener, whatever stream it came through. */
static void test_nobody_waits(void **state _unused_) {
        Fixture f;
        Commit *c;

        begin(&f, WHEN_FULL_WAIT, 4);
        for (unsigned i = 0; i < 5; i++) {
                intake_begin(f.intake, LEVEL_WRITTEN, &f.stats, NULL, NULL);
                add(&f, "x", false);
                assert_int_equal(intake_end(f.intake), 0);
        }
        assert_int_equal(intake_open(f.intake), FLUSH_OPEN_PATIENT);
        intake_commit(f.intake);
        c = intake_pop(f.intake, LEVEL_RECEIVED);
        assert_int_equal(c->levels[LEVEL_WRITTEN].n_runs, 1);
        assert_int_equal(c->levels[LEVEL_WRITTEN].runs[0].count, 5);
        end(&f);
}

static Commit *commit_one(Fixture *f, Level level) {
        intake_begin(f->intake, level, &f->stats, f->receipt, &f->addressee);
        add(f, "x", false);
        assert_int_equal(intake_end(f->intake), 0);
        commit_expect(f->intake->open, LEVEL_DURABLE);
        intake_commit(f->intake);
        return intake_pop(f->intake, LEVEL_RECEIVED);
}

/* A commit that is complete waits for the one before it. */
static void test_order(void **state _unused_) {
        Commit *first, *second;
        Fixture f;

        begin(&f, WHEN_FULL_WAIT, 4);
        first = commit_one(&f, LEVEL_DURABLE);
        second = commit_one(&f, LEVEL_DURABLE);
        assert_null(intake_pop(f.intake, LEVEL_DURABLE));
        assert_ptr_equal(intake_pop(f.intake, LEVEL_WRITTEN), first);
        assert_int_equal(commit_flushed(second, 0), 1);
        assert_null(intake_pop(f.intake, LEVEL_DURABLE));
        assert_int_equal(commit_flushed(first, -5), 1);
        assert_ptr_equal(intake_pop(f.intake, LEVEL_DURABLE), first);
        assert_int_equal(atomic_load(&first->error), 5);

        /* not taken as written yet */
        assert_null(intake_pop(f.intake, LEVEL_DURABLE));
        assert_ptr_equal(intake_pop(f.intake, LEVEL_WRITTEN), second);
        assert_ptr_equal(intake_pop(f.intake, LEVEL_DURABLE), second);
        intake_recycle(f.intake, first);
        intake_recycle(f.intake, second);
        end(&f);
}

static void test_write_error(void **state _unused_) {
        Fixture f;
        Commit *c;

        begin(&f, WHEN_FULL_WAIT, 4);
        f.output.error = -28;
        intake_begin(f.intake, LEVEL_WRITTEN, &f.stats, f.receipt, &f.addressee);
        add(&f, "x", false);
        assert_int_equal(intake_end(f.intake), 0);
        intake_commit(f.intake);
        c = intake_pop(f.intake, LEVEL_RECEIVED);
        assert_int_equal(atomic_load(&c->error), 28);
        assert_int_equal(atomic_load(&f.output.base.stats.failed), 1);
        end(&f);
}

/* Fills the pool: the messages are taken in, and the intake is full. */
static void test_no_room(void **state _unused_) {
        const char text[] = "0123456789012345678901234567890123456789";
        Buffer *held[2];
        Fixture f;

        begin(&f, WHEN_FULL_WAIT, 2);
        held[0] = buffer_get(f.output.base.pool, BUFFER_SIZE);
        held[1] = buffer_get(f.output.base.pool, BUFFER_SIZE);
        assert_true(buffer_pool_is_full(f.output.base.pool));
        intake_begin(f.intake, LEVEL_WRITTEN, &f.stats, f.receipt, &f.addressee);
        add(&f, text, false);
        assert_true(f.intake->full);
        assert_int_equal(intake_end(f.intake), 0);
        assert_int_equal(counter_read(&f.stats.received), 1);
        intake_commit(f.intake);
        intake_release_buffers(f.intake);
        (void)buffer_unref(held[0]);
        (void)buffer_unref(held[1]);
        assert_non_null(intake_pop(f.intake, LEVEL_RECEIVED));
        end(&f);
}

static void test_drop(void **state _unused_) {
        Buffer *held;
        Fixture f;

        begin(&f, WHEN_FULL_DROP, 1);
        held = buffer_get(f.output.base.pool, BUFFER_SIZE);
        intake_begin(f.intake, LEVEL_WRITTEN, &f.stats, NULL, NULL);
        add(&f, "x", false);
        add(&f, "y", false);
        assert_int_equal(intake_end(f.intake), 0);
        assert_false(f.intake->full);
        assert_int_equal(atomic_load(&f.output.base.stats.dropped), 2);
        assert_int_equal(counter_read(&f.stats.received), 2);
        (void)buffer_unref(held);
        end(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs),    cmocka_unit_test(test_nobody_waits),
                cmocka_unit_test(test_order),   cmocka_unit_test(test_write_error),
                cmocka_unit_test(test_no_room), cmocka_unit_test(test_drop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
