/* SPDX-License-Identifier: MIT */
/* Events of a pipe as they are asked for, timers by a clock that is set. */

#include "daemon/loop/loop.h"

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

typedef struct Reader {
        Source source;
        uint32_t events;
} Reader;

static void on_event(Source *s, uint32_t events) {
        CONTAINER_OF(s, Reader, source)->events |= events;
}

/* What S hears now; nobody else hears anything. */
static uint32_t heard(Loop *l, Reader *reader) {
        struct epoll_event events[LOOP_EVENTS_MAX];
        unsigned n = loop_wait(l, events, 0);

        reader->events = 0;
        for (unsigned i = 0; i < n; i++) {
                Source *s = events[i].data.ptr;

                assert_ptr_equal(s, &reader->source);
                s->on_event(s, events[i].events);
        }
        return reader->events;
}

static void test_events(void **state _unused_) {
        Reader reader = { .source.on_event = on_event };
        int fds[2];
        char c;
        Loop l;

        assert_int_equal(loop_init(&l), 0);
        assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        assert_int_equal(loop_add(&l, fds[0], EPOLLIN, &reader.source), 0);
        assert_int_equal(loop_add(&l, fds[0], EPOLLIN, &reader.source), -EEXIST);
        assert_int_equal(loop_add(&l, -EBADF, EPOLLIN, &reader.source), -EBADF);

        assert_int_equal(heard(&l, &reader), 0);
        assert_int_equal(write(fds[1], "ab", 2), 2);
        assert_int_equal(heard(&l, &reader), EPOLLIN);
        assert_int_equal(read(fds[0], &c, 1), 1);
        assert_int_equal(heard(&l, &reader), EPOLLIN); /* one is left: level-triggered */
        loop_change(&l, fds[0], 0, &reader.source);
        assert_int_equal(heard(&l, &reader), 0);
        loop_change(&l, fds[0], EPOLLIN, &reader.source);
        assert_int_equal(heard(&l, &reader), EPOLLIN);
        assert_int_equal(close(fds[1]), 0);
        assert_int_equal(heard(&l, &reader), EPOLLIN | EPOLLHUP);
        loop_remove(&l, fds[0]);
        assert_int_equal(heard(&l, &reader), 0);
        loop_remove(&l, fds[0]);

        closep(&fds[0]);
        loop_done(&l);
}

/* Each wait reads the clocks anew and shows that the thread lives. */
static void test_wake_up(void **state _unused_) {
        struct epoll_event events[LOOP_EVENTS_MAX];
        Loop l = { 0 };

        assert_int_equal(loop_init(&l), 0);
        l.now_usec = l.realtime_usec = 0;
        assert_int_equal(loop_wait(&l, events, 0), 0);
        assert_int_not_equal(l.now_usec, 0);
        assert_int_not_equal(l.realtime_usec, 0);
        assert_int_equal(atomic_load(&l.pulse.n_beats), 1);
        assert_false(atomic_load(&l.pulse.waiting));
        loop_done(&l);
}

typedef struct Alarm {
        Timer timer;
        unsigned n;
        Loop *again; /* set once more from the handler, due at once */
} Alarm;

static void on_timer(Timer *t) {
        Alarm *a = CONTAINER_OF(t, Alarm, timer);

        if (a->n++ == 0 && a->again)
                timer_set(&a->again->timers, t, 0);
}

static void test_timers(void **state _unused_) {
        Alarm first = { .timer.on_timer = on_timer }, second = first, again = first;
        uint64_t start;
        Loop l;

        assert_int_equal(loop_init(&l), 0);
        start = l.now_usec;
        again.again = &l;
        timer_set(&l.timers, &first.timer, start + USEC_PER_SEC);
        timer_set(&l.timers, &second.timer, start + 2 * USEC_PER_SEC);
        timer_set(&l.timers, &again.timer, start + 2 * USEC_PER_SEC);

        l.now_usec = start + USEC_PER_SEC - 1;
        loop_run_timers(&l);
        assert_int_equal(first.n, 0);
        l.now_usec = start + USEC_PER_SEC + TIMER_TICK_USEC;
        loop_run_timers(&l);
        assert_int_equal(first.n, 1);
        assert_int_equal(second.n + again.n, 0);
        l.now_usec += USEC_PER_SEC;
        loop_run_timers(&l);
        assert_int_equal(first.n + second.n, 2);
        assert_int_equal(again.n, 1);
        assert_true(timer_is_set(&again.timer));
        l.now_usec += TIMER_TICK_USEC;
        loop_run_timers(&l);
        assert_int_equal(again.n, 2);
        assert_int_equal(l.timers.n_set, 0);
        loop_done(&l);
}

static void test_no_descriptor(void **state _unused_) {
        struct rlimit before, none;
        Loop l = { 0 };
        int r;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ 0, before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = loop_init(&l);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(r, -EMFILE);
        assert_int_equal(l.epoll_fd, -EBADF);
        loop_done(&l);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_events),
                cmocka_unit_test(test_wake_up),
                cmocka_unit_test(test_timers),
                cmocka_unit_test(test_no_descriptor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
