/* SPDX-License-Identifier: MIT */
/* TLS to a destination: whom to trust and what to show, loaded once for all connections. */
#pragma once

#include "ctl/destination.h"

/*
 * Sets d->tls and d->tls_context; all else in D is set. Returns 0; -EINVAL after printing what cannot be
 * used; -ENOMEM.
 */
int destination_tls_open(Destination *d, const Wish *wish);
/* Frees them, if they are there. */
void destination_tls_close(Destination *d);
