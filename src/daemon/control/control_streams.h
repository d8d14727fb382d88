/* SPDX-License-Identifier: MIT */
/* ListConnections and Disconnect, as inquiries of all workers, one at a time. Part of Control. */
#pragma once

#include <stdbool.h>

/* Maximum of pending calls, and of those for lists: Disconnect, for root only, has places left. */
#define CONTROL_STREAMS_MAX 64
#define CONTROL_LISTS_MAX 48

typedef struct ControlQuery ControlQuery;
typedef struct ControlStreams ControlStreams;
typedef struct Workers Workers;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

struct ControlStreams {
        sd_event *event;            /* borrowed */
        Workers *workers;           /* borrowed */
        ControlQuery *first, **end; /* the first one is being answered */
        unsigned n;
        bool stopped;
        sd_event_source *answered, *late;
};

/* Returns 0 or negative errno. */
int control_streams_start(ControlStreams *c, sd_event *event, Workers *workers);
/* Refuses new calls. */
void control_streams_stop(ControlStreams *c);
/* Refuses pending calls, too. */
void control_streams_done(ControlStreams *c);

/* Method handlers. */
int control_streams_list(ControlStreams *c, sd_bus_message *call);
int control_streams_disconnect(ControlStreams *c, sd_bus_message *call);
