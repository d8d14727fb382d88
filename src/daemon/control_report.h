/* SPDX-License-Identifier: MIT */
/* Answers that the main thread can give by itself, each with the keys that org.sockd1(5) lists. */
#pragma once

typedef struct Server Server;
typedef struct sd_bus_message sd_bus_message;

/* "running", "reloading", "stopping" */
const char *control_report_state(const Server *s);

/* Append to the answer M. Return 0 or positive, or negative errno. */
int control_report_status(const Server *s, sd_bus_message *m);
int control_report_listeners(const Server *s, sd_bus_message *m);
int control_report_outputs(const Server *s, sd_bus_message *m);
int control_report_peers(const Server *s, sd_bus_message *m);
