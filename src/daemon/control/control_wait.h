/* SPDX-License-Identifier: MIT */
/* Method calls that wait until a counter has reached their number. Part of Control. */
#pragma once

#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

/* More are refused. */
#define CONTROL_WAIT_MAX 64

typedef struct ControlWait {
        struct {
                sd_bus_message *call; /* a reference */
                uint64_t number;
        } calls[CONTROL_WAIT_MAX];
        unsigned n;
} ControlWait;

/* Returns as a method handler does: 1, or the result of sending an error. */
int control_wait_add(ControlWait *w, sd_bus_message *call, uint64_t number);
/* Answers calls up to NUMBER: with ERROR and TEXT, or with success if ERROR is NULL. */
void control_wait_answer(ControlWait *w, uint64_t number, const char *error, const char *text);
