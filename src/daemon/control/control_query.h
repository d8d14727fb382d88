/* SPDX-License-Identifier: MIT */
/* A call that waits for its turn, and its reply, which is built a few rows at a time. */
#pragma once

#include "daemon/control/control_dict.h"
#include "daemon/control/control_queue.h"

typedef enum ControlKind {
        CONTROL_STATUS,
        CONTROL_LISTENERS,
        CONTROL_OUTPUTS,
        CONTROL_PEERS,
        CONTROL_CONNECTIONS, /* this one and the next need a survey */
        CONTROL_DISCONNECT,
} ControlKind;

typedef struct ControlQuery ControlQuery;
typedef struct ControlSurvey ControlSurvey;
typedef struct Peer Peer;
typedef struct Status Status;
typedef struct sd_bus_message sd_bus_message;

struct ControlQuery {
        ControlTurn turn;
        ControlKind kind;
        uint64_t number;      /* by the owner: they count up */
        sd_bus_message *call; /* a reference */
        uint64_t after;       /* arguments, as in ControlSurvey */
        uint32_t max;
        const uint64_t *ids; /* in the call */
        size_t n_ids;
        ControlDict reply;
        const ControlSurvey *survey; /* borrowed while the reply is built */
        Peer *peers;
        size_t n_rows, next;
};

/* Makes one from the arguments of CALL. Returns 0 or negative errno. */
int control_query_new(ControlKind kind, sd_bus_message *call, ControlQuery **ret);
ControlQuery *control_query_free(ControlQuery *q);

bool control_query_needs_survey(const ControlQuery *q);
/* Returns 0 or -ENOMEM. */
int control_query_init_survey(const ControlQuery *q, ControlSurvey *ret);
/* Whether all that was sent to the caller's connection before has left. */
bool control_query_is_flushed(const ControlQuery *q);

/*
 * Goes on with the reply for a millisecond or so; once it is complete, sends it and returns true.
 * SURVEY: the same for all steps; NULL if none is needed.
 */
bool control_query_answer(ControlQuery *q, const Status *status, const ControlSurvey *survey);
