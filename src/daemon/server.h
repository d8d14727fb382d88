/* SPDX-License-Identifier: MIT */
/*
 * Everything that makes up a running sockd, and the main thread's part of it: start, signals, stop.
 */
#pragma once

#include "daemon/listener_set.h"
#include "daemon/mailbox.h"
#include "daemon/output.h"
#include "daemon/worker.h"
#include <stdbool.h>

typedef struct Committer Committer;
typedef struct sd_event sd_event;

struct Server {
        Config *config; /* owned */
        sd_event *event;
        Quota *quota;
        ListenerSet set;
        Output **outputs;
        size_t n_outputs;
        Committer *committer;
        Worker *workers;
        size_t n_workers;
        MailboxGroup group;
        int ended_fd; /* eventfd: workers that have ended */
        size_t n_ended;
        bool stopping;
};

/*
 * Runs until a signal ends it. Takes the config. Returns 0 when all that was taken in is stored;
 * negative errno, which was logged, when it could not start; 1 when something could not be stored
 * in time.
 */
int server_run(Config *config);

/* For workers. */
void server_worker_has_ended(Server *s);
bool server_is_own_udp_port(const Server *s, uint16_t port);
