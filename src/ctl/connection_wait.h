/* SPDX-License-Identifier: MIT */
/* connect(2) of a non-blocking socket, with a deadline on CLOCK_MONOTONIC. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

/* Returns 0 when it is connected, or negative errno. */
int connection_wait(int fd, const struct sockaddr *sa, socklen_t size, uint64_t deadline_usec);
