/* SPDX-License-Identifier: MIT */
/* A call about streams: the request and what the workers have reported so far. */
#pragma once

#include "daemon/control/control_survey.h"

typedef struct ControlQuery ControlQuery;
typedef struct sd_bus_message sd_bus_message;

struct ControlQuery {
        ControlQuery *next;
        sd_bus_message *call; /* a reference */
        ControlSurvey survey;
};

/* Make one from the arguments of CALL. Return 0 or negative errno. */
int control_query_new_list(sd_bus_message *call, ControlQuery **ret);
int control_query_new_disconnect(sd_bus_message *call, ControlQuery **ret);
ControlQuery *control_query_free(ControlQuery *q);

/* Sends the reply, once all workers have been asked. Lost if the caller is gone. */
void control_query_reply(ControlQuery *q);
