/* SPDX-License-Identifier: MIT */
/* When an output fails and works again, as senders, the log and the account see it. */

#include "config/config.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "segment.h"
#include "stderr_text.h"
#include <errno.h>

#define SECOND USEC_PER_SEC

typedef struct Fake {
        Output output;
        Mailbox mailbox;
        Mailbox *members[1];
        MailboxGroup workers;
        int result; /* of its writes */
        unsigned n_written;
        bool unflushed;
} Fake;

static int fake_write(Output *o, const Segment *s) {
        Fake *f = CONTAINER_OF(o, Fake, output);

        f->n_written++;
        output_count(o, s->n_records, f->result);
        return output_set_error(o, f->result, "cannot write to it");
}

static bool fake_is_flushed(Output *o) {
        return !CONTAINER_OF(o, Fake, output)->unflushed;
}

static int set_up(void **state) {
        static const OutputVtable vtable = { .write = fake_write, .is_flushed = fake_is_flushed };
        static Fake f;
        const ConfigOutput config = { .type = OUTPUT_FILE, .path = (char *)"/log" };
        BufferPool *pool = buffer_pool_new(64, 1024);

        assert_non_null(pool);
        f = (Fake){ .members = { &f.mailbox },
                    .workers = { .members = f.members, .n_members = 1 } };
        assert_int_equal(mailbox_init(&f.mailbox), 0);
        assert_int_equal(output_init(&f.output, &vtable, &config, pool, &f.workers), 0);
        assert_string_equal(f.output.name, "/log");
        *state = &f;
        return 0;
}

static int tear_down(void **state) {
        Fake *f = *state;

        output_done(&f->output);
        mailbox_done(&f->mailbox);
        return 0;
}

/* One record is written with that result. Returns what is logged. */
static const char *write_one(Fake *f, int result, char text[static STDERR_TEXT_MAX]) {
        Segment s = segment_of(f->output.pool, "x");
        int before = stderr_catch(), r;

        f->result = result;
        r = output_submit(&f->output, &s);
        (void)stderr_release(before, text);
        assert_int_equal(r, result);
        return text;
}

static const char *report(Fake *f, uint64_t now_usec, char text[static STDERR_TEXT_MAX]) {
        int before = stderr_catch();

        output_report_changes(&f->output, now_usec);
        return stderr_release(before, text);
}

static const char *account(Fake *f, char text[static STDERR_TEXT_MAX]) {
        int before = stderr_catch();

        output_log_account(&f->output);
        return stderr_release(before, text);
}

static uint64_t last_failure(Fake *f) {
        return atomic_load(&f->output.failing.sign_usec);
}

static void test_fails_and_works(void **state) {
        char text[STDERR_TEXT_MAX];
        Fake *f = *state;

        assert_string_equal(write_one(f, 0, text), "");
        assert_false(output_is_failing(&f->output));
        assert_string_equal(write_one(f, -EIO, text),
                            "output /log: cannot write to it, its messages are not stored: "
                            "Input/output error\n");
        assert_true(output_is_failing(&f->output));
        assert_string_equal(write_one(f, -ENOSPC, text), ""); /* the same fault */
        assert_int_equal(atomic_load(&f->output.write_errno), ENOSPC);
        assert_int_equal(mailbox_take(&f->mailbox), 0);
        assert_string_equal(report(f, last_failure(f) + 10 * SECOND, text), ""); /* it lasts */

        assert_string_equal(write_one(f, 0, text), "");
        assert_false(output_is_failing(&f->output));
        assert_int_equal(mailbox_take(&f->mailbox), MAIL_ROOM);
        assert_string_equal(report(f, last_failure(f) + 2 * SECOND - 1, text), "");
        assert_string_equal(report(f, last_failure(f) + 2 * SECOND, text),
                            "output /log: works again, 2 messages were not stored\n");
        assert_string_equal(report(f, UINT64_MAX, text), "");

        /* The next one begins with what it costs itself. */
        assert_non_null(strstr(write_one(f, -EIO, text), "not stored"));
        assert_string_equal(write_one(f, 0, text), "");
        assert_string_equal(report(f, last_failure(f) + 2 * SECOND, text),
                            "output /log: works again, 1 messages were not stored\n");
}

/* Nobody is held back for a "drop" output. */
static void test_drop_is_not_waited_for(void **state) {
        char text[STDERR_TEXT_MAX];
        Fake *f = *state;

        f->output.when_full = WHEN_FULL_DROP;
        (void)write_one(f, -EIO, text);
        assert_false(output_is_waited_for(&f->output));
        assert_false(output_is_failing(&f->output));
}

/* There is room again: senders may try. Only where room was all that lacked it surely works. */
static void test_try_again(void **state) {
        static const struct {
                int error;
                bool works;
        } rows[] = { { ENOSPC, true }, { EDQUOT, true }, { EIO, false }, { EFBIG, false } };
        char text[STDERR_TEXT_MAX];
        Fake *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                (void)write_one(f, -rows[i].error, text);
                output_try_again(&f->output);
                assert_false(output_is_failing(&f->output));
                assert_int_equal(mailbox_take(&f->mailbox), MAIL_ROOM);
                assert_string_equal(report(f, last_failure(f) + 9 * SECOND, text),
                                    rows[i].works ? "output /log: works again, 1 messages were not "
                                                    "stored\n"
                                                  : "");
                (void)write_one(f, 0, text); /* now it does */
                assert_int_equal(*report(f, last_failure(f) + 2 * SECOND, text) != '\0',
                                 !rows[i].works);
        }
}

static void test_drops(void **state) {
        static const struct {
                uint64_t now_sec;
                unsigned n_dropped;
                const char *line;
        } rows[] = {
                { 100, 0, "" },
                { 101, 3, "output /log: cannot keep up, records are dropped\n" },
                { 102, 2, "" },
                { 106, 0, "" },
                { 107, 0, "output /log: keeps up again, 5 records were dropped\n" },
                { 108, 0, "" },
                { 200, 1, "output /log: cannot keep up, records are dropped\n" },
                { 205, 0, "output /log: keeps up again, 1 records were dropped\n" },
        };
        char text[STDERR_TEXT_MAX];
        Fake *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                atomic_fetch_add(&f->output.stats.dropped, rows[i].n_dropped);
                assert_string_equal(report(f, rows[i].now_sec * SECOND, text), rows[i].line);
        }
}

static void test_account(void **state) {
        char text[STDERR_TEXT_MAX];
        Fake *f = *state;

        (void)write_one(f, 0, text);
        (void)write_one(f, -EIO, text);
        atomic_store(&f->output.stats.dropped, 4);
        assert_string_equal(account(f, text), /* it fails: how it ends is not known */
                            "output /log: cannot keep up, records are dropped\n"
                            "output /log: 1 recorded, 4 dropped, 1 failed\n");
        (void)write_one(f, 0, text);
        assert_string_equal(account(f, text),
                            "output /log: works again, 1 messages were not stored\n"
                            "output /log: keeps up again, 4 records were dropped\n"
                            "output /log: 2 recorded, 4 dropped, 1 failed\n");
}

static void test_idle(void **state) {
        Fake *f = *state;
        Segment s;

        assert_true(output_is_idle(&f->output));
        f->unflushed = true;
        assert_false(output_is_idle(&f->output));
        f->unflushed = false;
        s = segment_of(f->output.pool, "x");
        assert_false(output_is_idle(&f->output));
        assert_int_equal(output_submit(&f->output, &s), 0); /* takes the reference */
        assert_int_equal(f->n_written, 1);
        assert_true(output_is_idle(&f->output));
        output_enter(&f->output);
        assert_true(output_is_busy(&f->output));
        output_leave(&f->output);
        assert_false(output_is_busy(&f->output));
        assert_false(output_is_flushed(&f->output));
        assert_null(output_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_fails_and_works, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_drop_is_not_waited_for, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_try_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_drops, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_account, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
