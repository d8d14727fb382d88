/* SPDX-License-Identifier: MIT */
/*
 * Routes: the different sets of outputs to which listeners send. Each listener has one, several may
 * have the same.
 */
#pragma once

#include "config/config.h"

/* By its name; NULL: none. */
const ConfigOutput *config_find_output(const Config *c, const char *name);
/* Whether messages of L go there: it is named, or no output is. L NULL: to all outputs. */
bool config_listener_has_output(const ConfigListener *l, const ConfigOutput *o);
/*
 * Whether L sends to a file that can be flushed (not "-") and that receipts wait for. In case of
 * doubt true: an output with errors of its own is reported already.
 */
bool config_can_be_durable(const Config *c, const ConfigListener *l);
/* Sets the routes of C, of each of its listeners, and n_senders. Returns 0 or -ENOMEM. */
int config_routes_make(Config *c);
/* The route of all outputs. */
unsigned config_route_of_all(const Config *c);
