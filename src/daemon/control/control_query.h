/* SPDX-License-Identifier: MIT */
/* One call about streams: what was asked, and what the workers have answered so far. */
#pragma once

#include "daemon/control/control_survey.h"

typedef struct ControlQuery ControlQuery;
typedef struct sd_bus_message sd_bus_message;

struct ControlQuery {
        ControlQuery *next;
        sd_bus_message *call; /* a reference */
        ControlSurvey survey;
};

/* Made from the arguments of CALL. Return 0 or negative errno. */
int control_query_new_list(sd_bus_message *call, ControlQuery **ret);
int control_query_new_disconnect(sd_bus_message *call, ControlQuery **ret);
ControlQuery *control_query_free(ControlQuery *q);

/* Sends the answer, once all workers have been asked. It is lost if the caller is gone. */
void control_query_reply(ControlQuery *q);
