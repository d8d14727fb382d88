/* SPDX-License-Identifier: MIT */
/*
 * How the outputs there are become those of a config, and how limits.memory is divided among their
 * buffers. An output stays the same object while its type and path stay. All that can fail is done
 * before anything changes.
 */
#pragma once

#include "daemon/output/output_list.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct Config Config;
typedef struct ConfigOutput ConfigOutput;
typedef struct MailboxGroup MailboxGroup;
typedef struct OutputQueue OutputQueue;

typedef struct PlannedOutput {
        const ConfigOutput *config; /* borrowed */
        Output *output;             /* one there is, or fresh: owned until applied */
        bool fresh;
        OutputQueue *queue; /* owned until applied; NULL: it has one, or needs none */
        size_t size_max;    /* of its pool */
} PlannedOutput;

typedef struct OutputPlan {
        PlannedOutput *items;
        size_t n;
        size_t message_size;
        OutputList list; /* the outputs to be; items is NULL once applied */
} OutputPlan;

/*
 * OUTPUTS: those there are. CONFIG is borrowed until the plan is done. Returns 0 or negative errno.
 */
int output_plan_make(const OutputList *outputs, const Config *config, MailboxGroup *workers,
                     OutputPlan *ret);
/* Opens what is new; each that cannot be is named in ERRORS. Returns 0 or negative errno. */
int output_plan_open(const OutputPlan *p, FILE *errors);
void output_plan_done(OutputPlan *p);

/*
 * Applies the plan, while no worker runs. OUTPUTS is replaced; those that left it belong to the
 * caller.
 */
void output_plan_apply(OutputPlan *p, OutputList *outputs);
