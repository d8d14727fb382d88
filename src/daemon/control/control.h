/* SPDX-License-Identifier: MIT */
/*
 * What sockctl talks to (org.sockd1(5)), on the system bus and on a socket: connection, name, and
 * calls that are answered later. sockd does not need the bus; it retries every second. Owned by the
 * server, main thread only.
 */
#pragma once

#include <stdint.h>

typedef struct Control Control;
typedef struct ControlActions ControlActions;
typedef struct Status Status;
typedef struct sd_event sd_event;

/* What only root may request. Called with the userdata of control_new(). */
struct ControlActions {
        /* The number of the reload that reload() starts, which may end at once. They count up. */
        uint64_t (*next_reload)(void *userdata);
        void (*reload)(void *userdata);
        /* Returns the number of the round that reopens the files. */
        uint64_t (*reopen)(void *userdata);
};

/* Starts to connect. Borrows everything. Returns 0 or negative errno; without a bus, 0. */
int control_new(sd_event *event, const Status *status, const ControlActions *actions,
                void *userdata, Control **ret);
Control *control_free(Control *c);
/* Runs the event loop, briefly, until the name is acquired or refused: READY=1 covers the bus. */
void control_await_name(Control *c);
/* The server stops: pending calls get an error. */
void control_stop(Control *c);

/* Reloads up to NUMBER are over. ERRORS: what was wrong, in lines; NULL: nothing. */
void control_answer_reload(Control *c, uint64_t number, const char *errors);
