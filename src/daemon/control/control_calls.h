/* SPDX-License-Identifier: MIT */
/*
 * Calls that are answered in turn. First come those of root and our own user, in a lane of their
 * own; then those of all others, whose users take turns (control_queue.h). Replies are built in
 * steps. After each step for others, as much time as it took is left to everything else; and their
 * next reply is begun when all before it on that connection has been sent, so that one of root's
 * waits for no more than one of theirs. What the workers are asked serves all equal calls that came
 * before. Part of Control.
 */
#pragma once

#include "daemon/control/control_query.h"
#include "daemon/control/control_senders.h"
#include "daemon/control/control_survey.h"

typedef struct ControlCalls ControlCalls;
typedef struct ControlLane ControlLane;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

struct ControlLane {
        bool privileged;
        ControlQueue waiting;
        ControlQuery *current; /* being answered; NULL: none */
        ControlSurvey survey;  /* the latest */
        uint64_t asker;        /* number of the call it was made for; 0: there is none */
        uint64_t last;         /* of the last call before it began */
};

struct ControlCalls {
        sd_event *event; /* borrowed, as the next */
        const Status *status;
        ControlLane lanes[2]; /* the privileged first */
        ControlLane *asking;  /* whose survey is under way; NULL: none */
        uint64_t n_made;
        bool stopped;
        ControlSenders senders;
        sd_event_source *answered, *late;
        sd_event_source *turn;  /* a timer */
        sd_event_source *other; /* after any other event */
        uint64_t due_usec;      /* of the timer; USEC_INFINITY: it is off */
        uint64_t resume_usec;   /* when those who are not privileged have a turn again */
};

/* Returns 0 or negative errno. */
int control_calls_start(ControlCalls *c, sd_event *event, const Status *status);
/* Refuses new calls that need the workers. */
void control_calls_stop(ControlCalls *c);
/* Refuses pending calls, too. */
void control_calls_done(ControlCalls *c);

/* Returns as a method handler does. */
int control_calls_add(ControlCalls *c, sd_bus_message *call, ControlKind kind);
