/* SPDX-License-Identifier: MIT */
/* The rules of outputs, and of "outputs" in a listener. Only for check.c. */
#pragma once

#include <stddef.h>
typedef struct Check Check;
typedef struct Config Config;
typedef struct ConfigListener ConfigListener;
typedef struct ConfigOutput ConfigOutput;

/*
 * Sets what outputs do not have yet: name, format, when_full; gives paths one spelling. Returns 0 or
 * -ENOMEM.
 */
int check_output_complete(Config *c);
void check_output(const Check *check, ConfigOutput *o);
/* Once everything has its name: whether outputs[I] and an earlier one meet in a file. */
void check_output_files(const Check *check, size_t i);
/* The outputs that L names, all if it names none, and what "acknowledge" wants of them. */
void check_listener_outputs(const Check *check, ConfigListener *l);
