/* SPDX-License-Identifier: MIT */
/* Answers that the main thread can give without the workers, with the keys of org.sockd1(5). */
#pragma once

typedef struct ControlDict ControlDict;
typedef struct Status Status;

/* "running", "reloading", "stopping" */
const char *control_report_state(const Status *s);

/* For control_dict_reply(), of a Status. */
void control_report_status(const void *status, ControlDict *d);
void control_report_listeners(const void *status, ControlDict *d);
void control_report_outputs(const void *status, ControlDict *d);
void control_report_peers(const void *status, ControlDict *d);
