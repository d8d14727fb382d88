/* SPDX-License-Identifier: MIT */
/*
 * sockd on the system bus, org.sockd1(5): the connection, the name, and calls that are answered
 * later. sockd does not need the bus; it retries every second. Owned by the server, main thread
 * only.
 */
#pragma once

#include <stdint.h>

typedef struct Control Control;
typedef struct ControlActions ControlActions;
typedef struct Status Status;
typedef struct sd_event sd_event;

/* What only root may request. Each gets the userdata of control_new(). */
struct ControlActions {
        /* The number of the reload that reload() begins: they count up. It may end at once. */
        uint64_t (*next_reload)(void *userdata);
        void (*reload)(void *userdata);
        /* Returns the number of the round that reopens the files. */
        uint64_t (*reopen)(void *userdata);
};

/* Starts connecting. Borrows everything. Returns 0 or negative errno; a missing bus is no error. */
int control_new(sd_event *event, const Status *status, const ControlActions *actions,
                void *userdata, Control **ret);
Control *control_free(Control *c);
/*
 * Serves events until the name is owned or refused, for a short time at most, so that READY=1
 * covers the bus as well.
 */
void control_await_name(Control *c);
/* The server stops: answers the calls that wait with an error. */
void control_stop(Control *c);

/* The reloads up to NUMBER are over. ERRORS: what was wrong, lines; NULL: nothing. */
void control_answer_reload(Control *c, uint64_t number, const char *errors);
