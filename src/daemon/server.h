/* SPDX-License-Identifier: MIT */
/*
 * Everything that makes up a running sockd, and the main thread's part of it: start, signals, stop.
 */
#pragma once

#include "daemon/control.h"
#include "daemon/doorbell.h"
#include "daemon/gate.h"
#include "daemon/inquiry.h"
#include "daemon/listener_set.h"
#include "daemon/mailbox.h"
#include "daemon/output.h"
#include "daemon/service.h"
#include "daemon/worker.h"
#include <stdbool.h>

typedef struct Committer Committer;
typedef struct Reload Reload;
typedef struct sd_event sd_event;

struct Server {
        const char *config_path; /* borrowed */
        Config *config; /* owned: the settings in force; workers look at it while it stays */
        sd_event *event;
        Quota *quota;
        ListenerSet set;
        Output **outputs;
        size_t n_outputs;
        Committer *committer;
        Worker *workers;
        size_t n_workers, next_worker; /* who gets the next socket */
        MailboxGroup group;
        Gate gate;
        Inquiry inquiry;
        Reload *reload; /* NULL: none under way */
        uint64_t n_reloads;
        Service service;
        Control control;
        uint64_t start_usec;        /* CLOCK_REALTIME */
        _Atomic uint64_t n_streams; /* that ever were */
        Doorbell ended;             /* workers that have */
        size_t n_ended;
        bool stopping;
};

/*
 * Runs until a signal ends it. Takes the config, which came from CONFIG_PATH. Returns 0 when all
 * that was taken in is stored; negative errno, which was logged, when it could not start; 1 when
 * something could not be stored in time.
 */
int server_run(const char *config_path, Config *config);

/* For workers. */
void server_worker_has_ended(Server *s);
uint64_t server_next_stream(Server *s); /* a number for people, from 1 */
bool server_is_own_udp_port(const Server *s, uint16_t port);

/* For a reload. Sockets that nobody serves get a worker. Returns 0 or a negative errno, logged. */
int server_distribute_sockets(Server *s);
/* Says so when too few descriptors may be open. */
void server_check_descriptor_limit(const Config *config);
