/* SPDX-License-Identifier: MIT */
/*
 * What an output needs beside being made: what a reload may change of it, and opening it. In the
 * order of the functions.
 */
#pragma once

#include "daemon/output.h"

typedef struct ConfigOutput ConfigOutput;

/* The queue that it needs with CONFIG and does not have; *RET NULL: none. Returns as output_queue_new(). */
int output_setup_queue(Output *o, const ConfigOutput *config, OutputQueue **ret);
/*
 * Sets format and when_full, while no worker runs; takes what output_setup_queue() made.
 * MESSAGE_SIZE: bytes of the longest message.
 */
void output_setup_apply(Output *o, const ConfigOutput *config, size_t message_size,
                        OutputQueue *queue);
/*
 * For a new one, before it is used: opens what it writes to, if that is to be opened; otherwise it
 * happens by and by. Returns 0 or negative errno.
 */
int output_setup_open(Output *o);
