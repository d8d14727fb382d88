/* SPDX-License-Identifier: MIT */
/*
 * CAP_NET_RAW (capabilities(7)): permitted to the threads that open sockets, in effect only while they
 * do, and given up by all others.
 */
#pragma once

#include <stdint.h>

/* Not in effect from now on. At the start, while there is one thread. */
void capability_lower(void);
/* Gives it up for this thread. */
void capability_drop(void);

/* A socket of raw(7), with close-on-exec and non-blocking. Returns a descriptor or negative errno. */
int capability_raw_socket(int family, uint8_t ip_protocol);
