/* SPDX-License-Identifier: MIT */
/*
 * Method calls that are answered later: each waits for its turn, a number that the object it waits
 * for counts up to. Part of Control.
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

/* Returns 1, for a method handler to return, or what the error that was sent returned. */
int control_wait_add(ControlWait *w, sd_bus_message *call, uint64_t turn);
/* Answers all whose turn is at most TURN: with ERROR and TEXT, or, when ERROR is NULL, without anything. */
void control_wait_answer(ControlWait *w, uint64_t turn, const char *error, const char *text);
