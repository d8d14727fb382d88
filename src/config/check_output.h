/* SPDX-License-Identifier: MIT */
/* The rules of outputs, and of "outputs" in a listener. Only for check.c. */
#pragma once

typedef struct Check Check;
typedef struct Config Config;
typedef struct ConfigListener ConfigListener;
typedef struct ConfigOutput ConfigOutput;

/* Sets what outputs do not have yet: name, format, when_full. Returns 0 or -ENOMEM. */
int check_output_complete(Config *c);
void check_output(const Check *check, const ConfigOutput *o);
/* The outputs that L names, all if it names none, and what "acknowledge" wants of them. */
void check_listener_outputs(const Check *check, ConfigListener *l);
