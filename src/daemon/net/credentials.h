/* SPDX-License-Identifier: MIT */
/* The credentials of local processes, as the kernel tells them: unix(7), SCM_CREDENTIALS. */
#pragma once

#include "core/address.h"
#include "core/protocol.h"
#include <stdbool.h>
#include <stdio.h>

/*
 * Whether every user and group can be told apart. In a user namespace that has not all of them
 * (PrivateUsers= of systemd.exec(5)), most are shown as the same one.
 */
bool credentials_are_complete(void);
/*
 * An access list of a listener needs them, if its peers are local processes. Returns 0, or -EPERM after
 * printing a line to ERRORS.
 */
int credentials_demand(Protocol protocol, const char *listener, FILE *errors);

/*
 * Users and groups that cannot be told apart are unknown; so is the sender of a datagram that was sent
 * before the kernel was asked to tell.
 */
Address credentials_address(const struct ucred *c);
