/* SPDX-License-Identifier: MIT */
/*
 * Sockets that the service manager passes (sd_listen_fds(3)): from a socket unit, or those that
 * sockd itself put into the descriptor store before.
 */
#pragma once

#include "core/address.h"
#include "core/names.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ActivationSocket {
        int fd;     /* owned; -EBADF once taken */
        char *name; /* FileDescriptorName= */
        Protocol protocol;
        Address local;
        bool own; /* from the descriptor store */
} ActivationSocket;

typedef struct Activation {
        ActivationSocket *sockets;
        size_t n_sockets;
        bool by_unit; /* a socket unit decides about addresses */
} Activation;

/*
 * Takes over what was passed, and the environment variables. A descriptor that is no listening TCP
 * socket or bound UDP socket is closed with a warning, and leaves the store. Returns 0, -ENOTSOCK when a unit passed
 * sockets but none that can be used, or another negative errno.
 */
int activation_take(Activation *ret);
void activation_done(Activation *a);
