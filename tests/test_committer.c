/* SPDX-License-Identifier: MIT */
/*
 * When the commit thread flushes and looks after outputs, whom it wakes, and what becomes of one that
 * leaves. The test hears of each step from the fake outputs, or from an event of the committer.
 */

#include "daemon/output/committer.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_list.h"
#include "segment.h"
#include "stderr_text.h"
#include <poll.h>

#define N_OUTPUTS 2

typedef struct Fake {
        Output output;
        char letter; /* in the list of steps: flushes in capitals, maintenance in small letters */
        Doorbell news;
} Fake;

typedef struct Setup {
        Mailbox mailboxes[2];
        Mailbox *members[2];
        MailboxGroup workers;
        Output *outputs[N_OUTPUTS];
        OutputList list;
        Committer *committer;
} Setup;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char steps[256];
static size_t n_steps;
static Doorbell freed, heard;
/* What flushes answer. */
static _Atomic uint64_t woken;
static atomic_bool busy;

static void note(char step) {
        (void)pthread_mutex_lock(&mutex);
        if (n_steps < sizeof(steps) - 1)
                steps[n_steps++] = step;
        (void)pthread_mutex_unlock(&mutex);
}

/* The steps since the last call. */
static const char *take_steps(void) {
        static char taken[sizeof(steps)];

        (void)pthread_mutex_lock(&mutex);
        memcpy(taken, steps, n_steps);
        taken[n_steps] = '\0';
        n_steps = 0;
        (void)pthread_mutex_unlock(&mutex);
        return taken;
}

static uint64_t fake_flush(Output *o) {
        note((char)(CONTAINER_OF(o, Fake, output)->letter - 'a' + 'A'));
        return atomic_load(&woken);
}

static uint64_t fake_try_flush(Output *o, bool *ret_busy) {
        *ret_busy = atomic_load(&busy);
        return *ret_busy ? 0 : fake_flush(o);
}

static uint64_t fake_maintain(Output *o) {
        Fake *f = CONTAINER_OF(o, Fake, output);

        note(f->letter);
        if (doorbell_answer(&f->news) > 0)
                doorbell_ring(&heard);
        return 0;
}

static Output *fake_free(Output *o) {
        output_done(o);
        doorbell_done(&CONTAINER_OF(o, Fake, output)->news);
        free(CONTAINER_OF(o, Fake, output));
        doorbell_ring(&freed);
        return NULL;
}

static Output *fake_new(char letter, MailboxGroup *workers) {
        static const OutputVtable vtable = {
                .flush = fake_flush,
                .try_flush = fake_try_flush,
                .maintain = fake_maintain,
                .free = fake_free,
        };
        const ConfigOutput config = { .type = OUTPUT_FILE, .path = (char[]){ letter, '\0' } };
        BufferPool *pool = buffer_pool_new(64, 1024);
        Fake *f = calloc(1, sizeof(*f));

        assert_non_null(pool);
        assert_non_null(f);
        f->letter = letter;
        assert_int_equal(output_init(&f->output, &vtable, &config, pool, workers), 0);
        assert_int_equal(doorbell_init(&f->news), 0);
        f->output.news_fd = f->news.fd;
        return &f->output;
}

static void wait_for(int fd) {
        while (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1) != 1)
                ;
}

static int set_up(void **state) {
        static Setup s;

        s = (Setup){ .members = { &s.mailboxes[0], &s.mailboxes[1] },
                     .workers = { .members = s.members, .n_members = 2 },
                     .list = { .items = s.outputs, .n = N_OUTPUTS } };
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(mailbox_init(&s.mailboxes[i]), 0);
        for (size_t i = 0; i < N_OUTPUTS; i++)
                s.outputs[i] = fake_new((char)('a' + i), &s.workers);
        atomic_store(&woken, 0);
        atomic_store(&busy, false);
        (void)take_steps();
        assert_int_equal(doorbell_init(&freed), 0);
        assert_int_equal(doorbell_init(&heard), 0);
        assert_int_equal(committer_new(&s.list, &s.workers, &s.committer), 0);
        *state = &s;
        return 0;
}

static int tear_down(void **state) {
        Setup *s = *state;

        s->committer = committer_free(s->committer);
        for (size_t i = 0; i < s->list.n; i++)
                assert_null(output_free(s->outputs[i]));
        for (size_t i = 0; i < 2; i++)
                mailbox_done(&s->mailboxes[i]);
        doorbell_done(&freed);
        doorbell_done(&heard);
        return 0;
}

static void test_begin_and_end(void **state) {
        Setup *s = *state;

        assert_memory_equal(take_steps(), "ab", 2);
        s->committer = committer_free(s->committer);
        assert_non_null(strstr(take_steps(), "AB")); /* the last flush, though nobody asked */
        assert_null(committer_free(NULL));
}

/* In the order of the config; the workers that the flushes name are woken, and only those. */
static void test_flush_now(void **state) {
        Setup *s = *state;

        (void)take_steps();
        atomic_store(&woken, 1 << 1);
        for (int i = 0; i < 20; i++) {
                committer_request(s->committer, COMMITTER_SOON);
                committer_request(s->committer, COMMITTER_NOW); /* moves it forward */
                wait_for(s->mailboxes[1].doorbell.fd);
                assert_int_equal(mailbox_take(&s->mailboxes[1]), MAIL_COMMIT);
                assert_int_equal(mailbox_take(&s->mailboxes[0]), 0);
        }
        s->committer = committer_free(s->committer);
        for (const char *p = take_steps(); (p = strchr(p, 'A')); p++)
                assert_int_equal(p[1], 'B');
}

static void look_after_all(Setup *s) {
        uint64_t round = committer_maintain_now(s->committer);

        do
                wait_for(committer_maintained_fd(s->committer));
        while (committer_take_maintained(s->committer) < round);
}

static void test_maintain_now(void **state) {
        Setup *s = *state;

        (void)take_steps();
        for (int i = 0; i < 20; i++) {
                look_after_all(s);
                assert_non_null(strstr(take_steps(), "ab"));
        }
}

/* Far more often than once a second, and also while flushes are requested. */
static void test_news(void **state) {
        Setup *s = *state;

        for (int i = 0; i < 100; i++) {
                (void)take_steps();
                doorbell_ring(&CONTAINER_OF(s->outputs[1], Fake, output)->news);
                wait_for(heard.fd);
                assert_int_equal(doorbell_answer(&heard), 1);
                assert_non_null(strchr(take_steps(), 'b'));
                committer_request(s->committer, COMMITTER_NOW);
        }
}

/* A worker flushes itself: it needs not be woken. */
static void test_flush_here(void **state) {
        Setup *s = *state;

        (void)take_steps();
        atomic_store(&woken, 1 << 0 | 1 << 1);
        assert_true(committer_flush_here(s->committer, &s->list, 1 << 0));
        assert_int_equal(mailbox_take(&s->mailboxes[0]), 0);
        assert_int_equal(mailbox_take(&s->mailboxes[1]), MAIL_COMMIT);
        atomic_store(&busy, true);
        assert_false(committer_flush_here(s->committer, &s->list, 1 << 0));
        assert_int_equal(mailbox_take(&s->mailboxes[1]), 0);
        atomic_store(&woken, 0);
}

/* The list is ONLY that output from now on; the other is the committer's. */
static void keep_only(Setup *s, size_t i) {
        const OutputList list = { .items = &s->outputs[i], .n = 1 };
        CommitterList *l = committer_prepare(s->committer, &list);

        assert_non_null(l);
        committer_change(s->committer, l);
        s->outputs[0] = s->outputs[i];
        s->list.n = 1;
}

/* It is flushed and looked after until its last buffer is returned, and freed then. */
static void test_output_leaves(void **state) {
        Setup *s = *state;
        Output *leaving = s->outputs[1];
        Segment on_its_way = segment_of(leaving->pool, "x");
        char text[STDERR_TEXT_MAX];
        int before = stderr_catch();

        keep_only(s, 0);
        for (int i = 0; i < 2; i++) { /* after the second the first is over in any case */
                (void)take_steps();
                look_after_all(s);
                assert_non_null(strchr(take_steps(), 'b'));
        }
        output_enter(leaving);
        assert_true(committer_is_busy(s->committer));
        output_leave(leaving);
        assert_false(committer_is_busy(s->committer));
        assert_int_equal(doorbell_answer(&freed), 0);

        assert_null(buffer_unref(on_its_way.buffer));
        (void)committer_maintain_now(s->committer);
        wait_for(freed.fd);
        (void)stderr_release(before, text);
        assert_string_equal(text, "output b: no longer used\n"
                                  "output b: 0 recorded, 0 dropped, 0 failed\n");
        assert_int_equal(doorbell_answer(&freed), 1);
        look_after_all(s);
        (void)take_steps();
        look_after_all(s);
        assert_null(strchr(take_steps(), 'b'));
}

/* One that has not left by the end is freed with the committer. */
static void test_end_while_one_leaves(void **state) {
        Setup *s = *state;
        Segment on_its_way = segment_of(s->outputs[0]->pool, "x");
        char text[STDERR_TEXT_MAX];
        int before = stderr_catch();

        keep_only(s, 1);
        look_after_all(s);
        look_after_all(s);
        assert_null(buffer_unref(on_its_way.buffer));
        s->committer = committer_free(s->committer);
        (void)stderr_release(before, text);
        assert_non_null(strstr(text, "output a: no longer used\n"));
        assert_int_equal(doorbell_answer(&freed), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_begin_and_end, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_flush_now, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_maintain_now, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_news, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_flush_here, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_output_leaves, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_end_while_one_leaves, set_up, tear_down),
        };

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
