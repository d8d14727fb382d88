/* SPDX-License-Identifier: MIT */
/*
 * sockd on the system bus, org.sockd1(5): the connection, the name, and the calls that wait for
 * something. Without a bus sockd works all the same, and tries again each second. Part of the
 * Server, main thread only.
 */
#pragma once

#include "daemon/control_streams.h"
#include "daemon/control_wait.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Server Server;
typedef struct sd_bus sd_bus;
typedef struct sd_bus_slot sd_bus_slot;
typedef struct sd_event_source sd_event_source;

typedef struct Control {
        sd_bus *bus;            /* NULL: there is none */
        sd_bus_slot *request;   /* for the name, while it is under way */
        sd_event_source *timer; /* of the next attempt */
        sd_event_source *kept;  /* files were reopened */
        bool owns_name, lost;   /* lost: the bus is gone, and has to be let go */
        bool refusal_told;
        ControlWait reloads, reopens;
        ControlStreams streams;
} Control;

/* Begins to try. Returns 0 or negative errno, not for want of a bus. */
int control_start(Server *s);
/* Lets events be served until the name is owned or refused, so that READY=1 says that too; not for long. */
void control_await_name(Server *s);
/* The server stops: calls that wait are told so. */
void control_stop(Server *s);
void control_done(Server *s);
