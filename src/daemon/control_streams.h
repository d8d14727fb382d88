/* SPDX-License-Identifier: MIT */
/*
 * ListConnections and Disconnect: the workers own the streams, so these calls are inquiries, one
 * after the other. Part of Control.
 */
#pragma once

#include <stdbool.h>

/* How many calls may wait; only root may call Disconnect, so that others cannot take every place. */
#define CONTROL_STREAMS_MAX 64
#define CONTROL_LISTS_MAX 48

typedef struct ControlQuery ControlQuery;
typedef struct Server Server;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_event_source sd_event_source;

typedef struct ControlStreams {
        ControlQuery *first, **end; /* the first one is under way */
        unsigned n;
        sd_event_source *answered, *late;
} ControlStreams;

int control_streams_start(Server *s);
/* Answers all that wait. */
void control_streams_done(Server *s);

/* Method handlers. */
int control_streams_list(Server *s, sd_bus_message *call);
int control_streams_disconnect(Server *s, sd_bus_message *call);
