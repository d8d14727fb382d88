/* SPDX-License-Identifier: MIT */
/*
 * The wheel: never early, at most one tick late, whatever is set, moved or cancelled, and when time
 * jumps.
 */

#include "core/timer.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the above */
#include <cmocka.h>

#define TICK TIMER_TICK_USEC
#define TURN (TICK * TIMER_WHEEL_SLOTS)
#define N_TIMERS 200
#define START_USEC UINT64_C(123456789)

static void test_empty(void **state) {
        TimerWheel w;

        (void)state;
        timer_wheel_init(&w, START_USEC);
        assert_int_equal(timer_wheel_timeout(&w, START_USEC), -1);
        assert_null(timer_wheel_next(&w, START_USEC));
        assert_null(timer_wheel_next(&w, START_USEC + 1000 * TURN));
        assert_null(timer_wheel_next(&w, UINT64_MAX));
}

/* One timer at each distance: silent until its time, there one tick later. */
static void test_one(void **state) {
        /* clang-format off */
        static const uint64_t distances[] = {
                0, 1, TICK - 1, TICK, TICK + 1, 63 * TICK, 64 * TICK, 65 * TICK, TURN - TICK,
                TURN - 1, TURN, TURN + 1, TURN + TICK, 2 * TURN, 5 * TURN + 3, 500000, 60000000,
                3600 * USEC_PER_SEC, 864000 * USEC_PER_SEC,
        };
        /* clang-format on */
        uint64_t deadline;
        TimerWheel w;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(distances); i++) {
                Timer t = { 0 };

                deadline = START_USEC + distances[i];
                timer_wheel_init(&w, START_USEC);
                timer_set(&w, &t, deadline);
                assert_true(timer_is_set(&t));
                assert_null(timer_wheel_next(&w, deadline - 1));
                assert_ptr_equal(timer_wheel_next(&w, deadline + TICK), &t);
                assert_false(timer_is_set(&t));
                assert_null(timer_wheel_next(&w, deadline + TICK));
                assert_int_equal(timer_wheel_timeout(&w, deadline + TICK), -1);
        }
}

/* Sleeping as long as the wheel says gets there in time, and doesn't take many steps. */
static void test_timeout(void **state) {
        static const uint64_t distances[] = { 0,      1,        999,  1000,        TICK,
                                              500000, TURN - 1, TURN, 3 * TURN + 7 };
        uint64_t now;
        unsigned steps;
        TimerWheel w;
        Timer *fired;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(distances); i++) {
                Timer t = { 0 };

                now = START_USEC;
                timer_wheel_init(&w, now);
                timer_set(&w, &t, now + distances[i]);
                for (steps = 0, fired = NULL; !fired; steps++) {
                        assert_true(steps < 10);
                        now += (uint64_t)timer_wheel_timeout(&w, now) * USEC_PER_MSEC;
                        fired = timer_wheel_next(&w, now);
                }
                assert_true(now >= START_USEC + distances[i]);
                assert_true(now <= START_USEC + distances[i] + TICK + USEC_PER_MSEC);
        }
}

static void test_never(void **state) {
        Timer t = { 0 };
        TimerWheel w;

        (void)state;
        timer_wheel_init(&w, START_USEC);
        timer_set(&w, &t, USEC_INFINITY);
        for (uint64_t now = START_USEC; now < START_USEC + 10 * TURN; now += TURN / 3)
                assert_null(timer_wheel_next(&w, now));
        assert_true(timer_wheel_timeout(&w, START_USEC + 10 * TURN) > 0);
        timer_cancel(&w, &t);
        timer_cancel(&w, &t);
        assert_int_equal(timer_wheel_timeout(&w, START_USEC + 10 * TURN), -1);
}

/* A handler that sets its timer to the past again and again gets one call a tick. */
static void test_past(void **state) {
        uint64_t now = START_USEC;
        Timer t = { 0 };
        TimerWheel w;
        unsigned fired;

        (void)state;
        timer_wheel_init(&w, now);
        timer_set(&w, &t, 0);
        for (unsigned i = 0; i < 5; i++, now += TICK) {
                for (fired = 0; timer_wheel_next(&w, now); fired++)
                        timer_set(&w, &t, 0);
                assert_int_equal(fired, 1);
        }
}

/* The clock that is handed in may be older than the last one: nothing happens. */
static void test_backwards(void **state) {
        Timer t = { 0 };
        TimerWheel w;

        (void)state;
        timer_wheel_init(&w, START_USEC);
        assert_null(timer_wheel_next(&w, START_USEC + TURN));
        timer_set(&w, &t, START_USEC + TURN + 5);
        assert_null(timer_wheel_next(&w, START_USEC));
        assert_ptr_equal(timer_wheel_next(&w, START_USEC + TURN + 5 + TICK), &t);
}

/* Timers due at once: each may set or cancel any other before that one was handed out. */
static void test_handlers(void **state) {
        uint64_t now = START_USEC + TICK;
        Timer t[4] = { 0 };
        TimerWheel w;
        Timer *first;
        Timer *other;

        (void)state;
        timer_wheel_init(&w, START_USEC);
        for (size_t i = 0; i < ELEMENTSOF(t); i++)
                timer_set(&w, &t[i], START_USEC);

        first = timer_wheel_next(&w, now);
        assert_non_null(first);
        other = &t[(first - t + 1) % 4];
        timer_cancel(&w, other);
        other = &t[(first - t + 2) % 4];
        timer_set(&w, other, now + 10 * TICK);
        timer_set(&w, first, now + 20 * TICK);
        assert_int_equal(timer_wheel_timeout(&w, now), 0);
        assert_ptr_equal(timer_wheel_next(&w, now), &t[(first - t + 3) % 4]);
        assert_null(timer_wheel_next(&w, now));
        assert_ptr_equal(timer_wheel_next(&w, now + 11 * TICK), other);
        assert_ptr_equal(timer_wheel_next(&w, now + 21 * TICK), first);
        assert_int_equal(timer_wheel_timeout(&w, now), -1);
}

static uint64_t next_random(uint64_t *seed) {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        return *seed;
}

typedef struct Model {
        TimerWheel wheel;
        Timer timers[N_TIMERS];
        uint64_t due[N_TIMERS]; /* not before; 0: not set */
        uint64_t late[N_TIMERS];
        uint64_t now;
        uint64_t seed;
} Model;

static void model_change(Model *m) {
        uint64_t ranges[] = { 1, TICK, 10 * TICK, TURN, 4 * TURN };
        size_t i = next_random(&m->seed) % N_TIMERS;
        uint64_t range = ranges[next_random(&m->seed) % ELEMENTSOF(ranges)];
        uint64_t deadline = m->now + next_random(&m->seed) % range;

        if (next_random(&m->seed) % 4 == 0) {
                timer_cancel(&m->wheel, &m->timers[i]);
                m->due[i] = 0;
                return;
        }
        if (next_random(&m->seed) % 16 == 0)
                deadline = m->now - 2 * TURN; /* the past */
        timer_set(&m->wheel, &m->timers[i], deadline);
        m->due[i] = deadline;
        m->late[i] = MAX(deadline, m->now) + TICK;
}

static void model_expire(Model *m) {
        Timer *t;
        size_t i;

        while ((t = timer_wheel_next(&m->wheel, m->now))) {
                i = (size_t)(t - m->timers);
                assert_true(m->due[i] > 0);
                assert_true(m->now >= m->due[i]);
                m->due[i] = 0;
                if (next_random(&m->seed) % 4 == 0)
                        model_change(m);
        }
        for (i = 0; i < N_TIMERS; i++) {
                assert_int_equal(timer_is_set(&m->timers[i]), m->due[i] > 0);
                if (m->due[i] > 0)
                        assert_true(m->late[i] > m->now);
        }
}

/* The next time to look never lies behind a tick in which something is due. */
static void model_check_timeout(const Model *m) {
        int timeout = timer_wheel_timeout(&m->wheel, m->now);
        uint64_t earliest = USEC_INFINITY;
        unsigned n = 0;

        for (size_t i = 0; i < N_TIMERS; i++) {
                if (m->due[i] == 0)
                        continue;
                n++;
                earliest = MIN(earliest, m->late[i]);
        }
        assert_int_equal(m->wheel.n_set, n);
        assert_int_equal(timeout < 0, n == 0);
        if (n > 0)
                assert_true(m->now + (uint64_t)timeout * USEC_PER_MSEC < earliest + USEC_PER_MSEC);
}

static void test_model(void **state) {
        uint64_t steps[] = { 1, 1000, TICK, 3 * TICK, 70 * TICK, TURN, 9 * TURN };
        static Model m;

        (void)state;
        m.seed = UINT64_C(0x9e3779b97f4a7c15);
        m.now = 100 * TURN + 77;
        timer_wheel_init(&m.wheel, m.now);
        for (unsigned round = 0; round < 20000; round++) {
                for (uint64_t n = next_random(&m.seed) % 8; n > 0; n--)
                        model_change(&m);
                m.now += next_random(&m.seed) % steps[next_random(&m.seed) % ELEMENTSOF(steps)];
                model_expire(&m);
                model_check_timeout(&m);
        }
        for (size_t i = 0; i < N_TIMERS; i++)
                timer_cancel(&m.wheel, &m.timers[i]);
        for (size_t i = 0; i < ELEMENTSOF(m.wheel.busy); i++)
                assert_int_equal(m.wheel.busy[i], 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),    cmocka_unit_test(test_one),
                cmocka_unit_test(test_timeout),  cmocka_unit_test(test_never),
                cmocka_unit_test(test_past),     cmocka_unit_test(test_backwards),
                cmocka_unit_test(test_handlers), cmocka_unit_test(test_model),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
