/* SPDX-License-Identifier: MIT */
/*
 * Which user has made a call. The bus knows; it is asked once for each of its connections, because
 * asking waits for its answer. Part of Control.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define CONTROL_SENDERS_MAX 256
#define CONTROL_SENDERS_NAME_MAX 23

typedef struct sd_bus_message sd_bus_message;

/* All zero: none is known. */
typedef struct ControlSenders {
        struct {
                char name[CONTROL_SENDERS_NAME_MAX + 1]; /* never used again by the same bus */
                uid_t uid;
        } known[CONTROL_SENDERS_MAX];
} ControlSenders;

/* Returns 0 or negative errno: the sender has gone, for one. */
int control_senders_uid(ControlSenders *s, sd_bus_message *call, uid_t *ret);
/* The bus is gone; another one gives the same names to others. */
void control_senders_forget(ControlSenders *s);

/* Root, and our own user: the same rule as that of sd-bus for its methods. */
bool control_senders_privileged(uid_t uid);
