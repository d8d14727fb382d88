/* SPDX-License-Identifier: MIT */
/* Replies that the main thread builds without the workers; keys as in org.sockd1(5). */
#pragma once

typedef struct ControlDict ControlDict;
typedef struct Status Status;

/* "running", "reloading", "stopping" */
const char *control_report_state(const Status *s);

/* FILL functions of control_dict_reply(). */
void control_report_status(const void *status, ControlDict *d);
void control_report_listeners(const void *status, ControlDict *d);
void control_report_outputs(const void *status, ControlDict *d);
void control_report_peers(const void *status, ControlDict *d);
