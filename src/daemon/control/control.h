/* SPDX-License-Identifier: MIT */
/*
 * sockd on the system bus, org.sockd1(5): the connection, the name, and the calls that wait for
 * something. Without a bus sockd works all the same, and tries again each second. Owned by the server,
 * main thread only.
 */
#pragma once

#include <stdint.h>

typedef struct Control Control;
typedef struct ControlActions ControlActions;
typedef struct Status Status;
typedef struct sd_event sd_event;

/* What root may have done. Each gets the userdata of control_new(). */
struct ControlActions {
        /* The number of the reload that reload() begins: they count up. It may end at once. */
        uint64_t (*next_reload)(void *userdata);
        void (*reload)(void *userdata);
        /* Returns the number of the round that reopens the files. */
        uint64_t (*reopen)(void *userdata);
};

/* Begins to try. All is borrowed. Returns 0 or negative errno, not for want of a bus. */
int control_new(sd_event *event, const Status *status, const ControlActions *actions,
                void *userdata, Control **ret);
Control *control_free(Control *c);
/* Lets events be served until the name is owned or refused, so that READY=1 says that too; not for long. */
void control_await_name(Control *c);
/* The server stops: calls that wait are told so. */
void control_stop(Control *c);

/* The reloads up to NUMBER are over. ERRORS: what was wrong, lines; NULL: nothing. */
void control_answer_reload(Control *c, uint64_t number, const char *errors);
