/* SPDX-License-Identifier: MIT */
/* The multicast groups that a UDP socket has joined. Main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct ConfigListener ConfigListener;
typedef struct ConfigStrings ConfigStrings;
typedef struct ListenerSocket ListenerSocket;

/* The groups BEFORE become AFTER: leaves what is not among them. */
void membership_change(ListenerSocket *s, const ConfigStrings *before, const ConfigStrings *after);
/*
 * Joins what is not joined, or whose interface is another one now. Prints what the first group that
 * cannot be joined waits for to WAITS, unless that is a text already. Returns whether any was joined
 * again, through another interface than before.
 */
bool membership_join(ListenerSocket *s, const ConfigListener *c, char *waits, size_t size);
