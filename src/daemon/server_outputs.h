/* SPDX-License-Identifier: MIT */
/* Makes the outputs of a config and divides limits.memory among their buffers. */
#pragma once

#include "daemon/server.h"

/* Fills s->outputs. Returns 0 or negative errno. */
int server_outputs_open(Server *s);
void server_outputs_close(Server *s);
