/* SPDX-License-Identifier: MIT */
/* Connecting to a vsock(7): to a virtual machine, or from one to its host. */
#pragma once

#include "ctl/connection.h"

/* Sets c->fd and returns 0, or negative errno. */
int connection_vsock_open(Connection *c);
/* What is wrong and what to do, or NULL. */
const char *connection_vsock_explain(int error);
