/* SPDX-License-Identifier: MIT */
/*
 * Sockets passed by the service manager (sd_listen_fds(3)): those of a socket unit, or those that
 * sockd put into the descriptor store earlier.
 */
#pragma once

#include "core/endpoint.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ActivationSocket {
        int fd;     /* owned; -EBADF once taken */
        char *name; /* FileDescriptorName= */
        Endpoint at;
        bool own; /* from the descriptor store */
} ActivationSocket;

typedef struct Activation {
        ActivationSocket *sockets;
        size_t n_sockets;
        bool by_unit; /* addresses come from a socket unit, not from the file */
} Activation;

/*
 * Takes over the descriptors and environment variables. A descriptor that no listener could
 * have is closed with a warning and removed from the store. Returns 0, -ENOTSOCK if a
 * unit passed sockets but none is usable, or another negative errno.
 */
int activation_take(Activation *ret);
void activation_done(Activation *a);
