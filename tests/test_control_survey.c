/* SPDX-License-Identifier: MIT */
/* The streams with the lowest ids are found, and those to be disconnected. */

#include "daemon/control/control_survey.h"

#include "daemon/worker/worker.h"
#include "tests/receive.h"

#define STREAMS 4

static void begin(Receive *r, Worker *w, int fds[static STREAMS]) {
        Stream *s;

        receive_begin(r, "ok\n", LEVEL_WRITTEN);
        for (unsigned i = 0; i < STREAMS; i++)
                fds[i] = receive_connect(r, &s);
        *w = (Worker){ .streams = r->streams };
}

static void end(Receive *r, int fds[static STREAMS]) {
        for (unsigned i = 0; i < STREAMS; i++)
                closep(&fds[i]);
        receive_end(r);
}

static void test_list(void **state _unused_) {
        static const struct {
                uint64_t after;
                uint32_t max;
                size_t n;
                uint64_t first;
        } cases[] = {
                { 0, 10, 4, 1 }, { 0, 2, 2, 1 },  { 2, 10, 2, 3 },
                { 0, 1, 1, 1 },  { 4, 10, 0, 0 }, { 0, 0, 0, 0 },
        };
        int fds[STREAMS];
        Receive r;
        Worker w;

        begin(&r, &w, fds);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ControlSurvey s;

                assert_int_equal(control_survey_init_list(&s, cases[i].after, cases[i].max), 0);
                control_survey_ask(&w, &s);
                control_survey_close(&s);
                assert_int_equal(s.n_infos, cases[i].n);
                for (size_t k = 0; k < s.n_infos; k++)
                        assert_int_equal(s.infos[k].id, cases[i].first + k);
                control_survey_done(&s);
        }
        end(&r, fds);
}

static void test_disconnect(void **state _unused_) {
        const uint64_t ids[] = { 9, 3, 1, 3 };
        int fds[STREAMS];
        ControlSurvey s;
        const Stream *t;
        Receive r;
        Worker w;

        begin(&r, &w, fds);
        assert_int_equal(control_survey_init_disconnect(&s, ids, ELEMENTSOF(ids)), 0);
        control_survey_ask(&w, &s);
        assert_int_equal(s.n_found, 2);
        assert_int_equal(s.n_ids, 3);
        assert_true(s.found[0] && s.found[1] && !s.found[2]);
        TAILQ_FOREACH(t, &r.streams->whole, link)
        assert_int_equal(t->state, t->id % 2 ? STREAM_LINGERING : STREAM_READING);
        control_survey_done(&s);
        end(&r, fds);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_disconnect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
