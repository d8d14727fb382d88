/* SPDX-License-Identifier: MIT */
/* Replies that the main thread builds without the workers; keys as in org.sockd1(5). */
#pragma once

typedef struct ControlDict ControlDict;
typedef struct Peer Peer;
typedef struct Status Status;

/* "running", "reloading", "stopping" */
const char *control_report_state(const Status *s);

/* Whole replies. */
void control_report_status(const Status *s, ControlDict *d);
void control_report_listeners(const Status *s, ControlDict *d);
void control_report_outputs(const Status *s, ControlDict *d);
/* An entry of ListPeers. */
void control_report_peer(const Peer *p, ControlDict *d);
