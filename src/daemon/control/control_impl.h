/* SPDX-License-Identifier: MIT */
/* Shared by the parts of Control. */
#pragma once

#include "daemon/control/control.h"
#include "daemon/control/control_calls.h"
#include "daemon/control/control_socket.h"
#include "daemon/control/control_wait.h"
#include <stdbool.h>

typedef struct sd_bus sd_bus;
typedef struct sd_bus_slot sd_bus_slot;

struct Control {
        sd_event *event; /* borrowed, as the next four */
        const Status *status;
        const ControlActions *actions;
        void *userdata;
        sd_bus *bus;               /* NULL: there is none */
        sd_bus_slot *request;      /* the pending request for the name */
        sd_event_source *timer;    /* for the next attempt */
        sd_event_source *reopened; /* files were reopened */
        bool owns_name;
        bool lost;           /* the bus is gone: close it */
        bool refusal_logged; /* the refusal of the name is logged */
        ControlWait reloads, reopens;
        ControlCalls calls;
        ControlSocket socket;
};
