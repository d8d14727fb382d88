/* SPDX-License-Identifier: MIT */
/* Connecting to a Unix socket. */
#pragma once

#include "ctl/connection.h"
#include <stddef.h>

/* Bytes of a path or, with its "@", of an abstract name. */
#define CONNECTION_UNIX_PATH_MAX ((size_t)107)

/* Sets c->fd and returns 0, or negative errno. */
int connection_unix_open(Connection *c);
/* What is wrong and what to do, or NULL. */
const char *connection_unix_explain(int error);

/*
 * Makes room for a message of SIZE bytes, as far as the kernel allows that. Returns 0 or negative
 * errno.
 */
int connection_unix_make_room(int fd, size_t size);
