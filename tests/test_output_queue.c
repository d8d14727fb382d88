/* SPDX-License-Identifier: MIT */
/* One thread writes what was queued, in order; at the end it is waited for, or told to give up. */

#include "daemon/output/output_queue.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_impl.h"
#include "segment.h"
#include <errno.h>
#include <poll.h>

#define N_SEGMENTS 300

typedef struct Fake {
        Output output;
        Mailbox mailbox;
        Mailbox *members[1];
        MailboxGroup workers;
        char written[N_SEGMENTS + 1]; /* the first byte of each segment */
        size_t n_written;
        bool has_reader; /* else it waits for one */
        atomic_uint n_flushed, n_maintained;
} Fake;

static int fake_write(Output *o, const Segment *s) {
        Fake *f = CONTAINER_OF(o, Fake, output);
        struct pollfd fd = { .fd = output_queue_interrupt_fd(o->queue), .events = POLLIN };
        int r = f->has_reader ? 0 : -ECANCELED;

        while (!f->has_reader && poll(&fd, 1, -1) < 0)
                ;
        if (r == 0)
                f->written[f->n_written++] = s->buffer->data[s->from];
        output_count(o, s->n_records, r);
        return r;
}

static uint64_t fake_flush(Output *o) {
        atomic_fetch_add(&CONTAINER_OF(o, Fake, output)->n_flushed, 1);
        return 1;
}

static uint64_t fake_maintain(Output *o) {
        atomic_fetch_add(&CONTAINER_OF(o, Fake, output)->n_maintained, 1);
        return 0;
}

static int set_up(void **state) {
        static const OutputVtable vtable = {
                .queued = true,
                .write = fake_write,
                .flush = fake_flush,
                .maintain = fake_maintain,
        };
        static Fake f;
        const ConfigOutput config = { .type = OUTPUT_JOURNAL };
        BufferPool *pool = buffer_pool_new(64, 1024);

        assert_non_null(pool);
        f = (Fake){ .members = { &f.mailbox },
                    .workers = { .members = f.members, .n_members = 1 },
                    .has_reader = true };
        assert_int_equal(mailbox_init(&f.mailbox), 0);
        assert_int_equal(output_init(&f.output, &vtable, &config, pool, &f.workers), 0);
        assert_int_equal(output_queue_new(&f.output, &f.output.queue), 0);
        f.output.queued = true;
        *state = &f;
        return 0;
}

static int tear_down(void **state) {
        Fake *f = *state;

        output_done(&f->output);
        mailbox_done(&f->mailbox);
        return 0;
}

static void push(Fake *f, size_t i, Commit *commit) {
        const char text[] = { (char)('a' + i % 26), '\0' };
        Segment s = segment_of(f->output.pool, text);

        s.commit = commit;
        if (commit)
                commit_expect(commit, LEVEL_WRITTEN);
        assert_int_equal(output_submit(&f->output, &s), 1);
}

static void test_order(void **state) {
        Fake *f = *state;

        for (size_t i = 0; i < N_SEGMENTS; i++)
                push(f, i, NULL);
        output_finish(&f->output, USEC_INFINITY);
        assert_true(output_queue_is_idle(f->output.queue));
        assert_true(output_is_idle(&f->output));
        assert_int_equal(f->n_written, N_SEGMENTS);
        for (size_t i = 0; i < N_SEGMENTS; i++)
                assert_int_equal(f->written[i], 'a' + i % 26);
        assert_int_equal(atomic_load(&f->output.stats.recorded), N_SEGMENTS);
}

/* The commit's worker is woken once both were written, and who waits for room each time. */
static void test_commit_is_told(void **state) {
        Fake *f = *state;
        Commit *c = commit_new(&f->mailbox, 0);

        assert_non_null(c);
        atomic_store(&f->workers.n_waiting, 1);
        push(f, 0, c);
        push(f, 1, c);
        output_finish(&f->output, USEC_INFINITY);
        assert_true(commit_has_reached(c, LEVEL_WRITTEN));
        assert_int_equal(atomic_load(&c->error), 0);
        assert_int_equal(mailbox_take(&f->mailbox), MAIL_COMMIT | MAIL_ROOM);
        assert_null(commit_free(c));
}

/* The deadline has passed while nobody reads: each record is counted, each commit is told. */
static void test_gives_up(void **state) {
        Fake *f = *state;
        Commit *c = commit_new(&f->mailbox, 0);

        assert_non_null(c);
        f->has_reader = false;
        for (size_t i = 0; i < N_SEGMENTS; i++)
                push(f, i, c);
        assert_false(output_queue_is_idle(f->output.queue));
        output_finish(&f->output, clock_monotonic());
        assert_true(output_is_idle(&f->output));
        assert_int_equal(atomic_load(&f->output.stats.failed), N_SEGMENTS);
        assert_int_equal(atomic_load(&f->output.stats.recorded), 0);
        assert_true(commit_has_reached(c, LEVEL_WRITTEN));
        assert_int_equal(atomic_load(&c->error), ECANCELED);
        assert_int_equal(mailbox_take(&f->mailbox), MAIL_COMMIT);
        assert_null(commit_free(c));
}

/* Freed with something in it: the thread writes that first. */
static void test_end(void **state) {
        Fake *f = *state;

        for (size_t i = 0; i < N_SEGMENTS; i++)
                push(f, i, NULL);
        f->output.queue = output_queue_free(f->output.queue);
        assert_int_equal(f->n_written, N_SEGMENTS);
        assert_int_equal(buffer_pool_used(f->output.pool), 0);
        assert_null(output_queue_free(NULL));
}

/* What a receipt waits for is flushed when it is written, the rest within a second or at the end. */
static void test_flush(void **state) {
        Fake *f = *state;
        Commit *c = commit_new(&f->mailbox, 0);
        Segment s = segment_of(f->output.pool, "a");
        struct pollfd fd = { .fd = f->mailbox.doorbell.fd, .events = POLLIN };

        assert_non_null(c);
        s.commit = c;
        s.flush = true;
        commit_expect(c, LEVEL_WRITTEN);
        assert_int_equal(output_queue_push(f->output.queue, &s), 1);
        output_queue_finish(f->output.queue, USEC_INFINITY);
        assert_int_equal(f->n_flushed, 1);

        c->urgent = true;
        s = segment_of(f->output.pool, "b");
        s.commit = c;
        s.flush = true;
        commit_expect(c, LEVEL_WRITTEN);
        (void)mailbox_take(&f->mailbox);
        assert_int_equal(output_queue_push(f->output.queue, &s), 1);
        while (atomic_load(&f->n_flushed) < 2)
                assert_int_equal(poll(&fd, 1, -1), 1);

        output_queue_flush(f->output.queue);
        output_queue_finish(f->output.queue, USEC_INFINITY);
        assert_int_equal(f->n_flushed, 3);
        assert_null(commit_free(c));
}

static void test_maintain(void **state) {
        Fake *f = *state;
        Doorbell bell;
        struct pollfd fd = { .events = POLLIN };

        assert_int_equal(doorbell_init(&bell), 0);
        fd.fd = bell.fd;
        for (uint64_t round = 1; round <= 3; round++) {
                output_queue_maintain(f->output.queue, round, &bell);
                assert_int_equal(poll(&fd, 1, -1), 1);
                (void)doorbell_answer(&bell);
                assert_int_equal(output_queue_maintained(f->output.queue), round);
                assert_int_equal(f->n_maintained, round);
        }
        output_queue_maintain(f->output.queue, 3, NULL);
        doorbell_done(&bell);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_commit_is_told, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_gives_up, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_flush, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_maintain, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
        };

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
