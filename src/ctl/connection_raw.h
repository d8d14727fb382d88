/* SPDX-License-Identifier: MIT */
/* What is special about raw(7) sockets, which only send here. */
#pragma once

#define CONNECTION_RAW_NO_RIGHT "a raw socket needs CAP_NET_RAW: run sockctl as root"

/* Sees to it that nothing is received. Returns 0 or negative errno. */
int connection_raw_prepare(int fd);
/* What is wrong and what to do, or NULL. */
const char *connection_raw_explain(int error);
