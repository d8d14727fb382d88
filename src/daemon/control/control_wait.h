/* SPDX-License-Identifier: MIT */
/*
 * Method calls that are answered later: each waits until a counter has reached its number. Part of
 * Control.
 */
#pragma once

#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

/* More are refused. */
#define CONTROL_WAIT_MAX 64

typedef struct ControlWait {
        struct {
                sd_bus_message *call; /* a reference */
                uint64_t turn;
        } calls[CONTROL_WAIT_MAX];
        unsigned n;
} ControlWait;

/* Returns what a method handler returns: 1, or the result of sending an error. */
int control_wait_add(ControlWait *w, sd_bus_message *call, uint64_t turn);
/* Answers the calls whose number is at most TURN: with ERROR and TEXT; ERROR NULL: with success. */
void control_wait_answer(ControlWait *w, uint64_t turn, const char *error, const char *text);
