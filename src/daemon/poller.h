/* SPDX-License-Identifier: MIT */
/*
 * The event loop of a worker: plain epoll, level-triggered. A source is embedded at the head of its
 * owner. Why not sd-event: it reports every ready source anew before each dispatch, which costs a
 * worker with many streams most of its time.
 */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

typedef struct Source Source;
struct Source {
        void (*on_event)(Source *s, uint32_t events);
};

#define POLLER_EVENTS_MAX 256

/* Thin wrappers: 0 or negative errno. */
int poller_add(int epoll_fd, int fd, uint32_t events, Source *s);
int poller_change(int epoll_fd, int fd, uint32_t events, Source *s);
void poller_remove(int epoll_fd, int fd);
