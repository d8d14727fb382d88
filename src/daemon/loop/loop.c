/* SPDX-License-Identifier: MIT */
/* Wrappers of epoll(7) that return negative errno. */

#include "daemon/loop/loop.h"

#include "core/clock.h"
#include "core/macro.h"
#include <errno.h>

int loop_init(Loop *l) {
        loop_set_clock(l);
        timer_wheel_init(&l->timers, l->now_usec);
        l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (l->epoll_fd < 0) {
                int r = -errno;

                l->epoll_fd = -EBADF;
                return r;
        }
        return 0;
}

void loop_done(Loop *l) {
        closep(&l->epoll_fd);
        l->epoll_fd = -EBADF;
}

static int control(const Loop *l, int operation, int fd, uint32_t events, Source *s) {
        struct epoll_event event = { .events = events, .data.ptr = s };

        return epoll_ctl(l->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

int loop_add(Loop *l, int fd, uint32_t events, Source *s) {
        return control(l, EPOLL_CTL_ADD, fd, events, s);
}

void loop_change(Loop *l, int fd, uint32_t events, Source *s) {
        (void)control(l, EPOLL_CTL_MOD, fd, events, s); /* needs no memory */
}

void loop_remove(Loop *l, int fd) {
        (void)control(l, EPOLL_CTL_DEL, fd, 0, NULL); /* ENOENT is what the caller wants */
}

void loop_set_clock(Loop *l) {
        l->now_usec = clock_monotonic();
        l->realtime_usec = clock_realtime();
}

unsigned loop_wait(Loop *l, struct epoll_event events[static LOOP_EVENTS_MAX], int timeout) {
        int n;

        pulse_wait(&l->pulse);
        n = epoll_wait(l->epoll_fd, events, LOOP_EVENTS_MAX, timeout);
        pulse_go(&l->pulse);
        loop_set_clock(l);
        return n > 0 ? (unsigned)n : 0;
}

void loop_run_timers(Loop *l) {
        Timer *t;

        while ((t = timer_wheel_next(&l->timers, l->now_usec)))
                t->on_timer(t);
}
