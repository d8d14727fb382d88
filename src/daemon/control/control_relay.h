/* SPDX-License-Identifier: MIT */
/*
 * Stands between a peer of the control socket and the input of its sd-bus, which would buffer a
 * message of 128 MiB: closes the input when a message is longer than CONTROL_RELAY_MAX. Part of the
 * control socket.
 */
#pragma once

#include <stddef.h>

/* Bytes. The calls of org.sockd1 take less than one KiB. */
#define CONTROL_RELAY_MAX (64 * 1024)

typedef struct ControlRelay ControlRelay;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

struct ControlRelay {
        sd_event_source *source; /* owns the descriptor that is read; NULL: not started */
        int to;                  /* owned */
        size_t n_unfinished;     /* bytes relayed since the last message */
};

#define CONTROL_RELAY_NONE                                                                         \
        (ControlRelay) {                                                                           \
                .to = -EBADF                                                                       \
        }

/*
 * INPUT, a stream socket, stays open under its number but is from now on what R relays of it. R must
 * be CONTROL_RELAY_NONE and not move. Returns 0 or negative errno.
 */
int control_relay_start(ControlRelay *r, sd_event *event, int input);
/* A whole message has arrived. */
void control_relay_note_message(ControlRelay *r);
void control_relay_done(ControlRelay *r);
