/* SPDX-License-Identifier: MIT */
/*
 * How the current outputs become those of a config, and how limits.memory is divided among their
 * buffers. An output with the same type and path stays the same object. Everything that can fail is
 * done before anything changes.
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
        Output *output;             /* a current one, or fresh: owned until applied */
        char *key;                  /* its name in the config file; owned until applied */
        bool fresh;
        bool separate;      /* some listeners do not send to it: it has a thread of its own */
        OutputQueue *queue; /* owned until applied; NULL: it has one, or needs none */
        size_t size_max;    /* of its pool */
} PlannedOutput;

typedef struct OutputPlan {
        PlannedOutput *items;
        size_t n;
        size_t message_size;
        OutputList list; /* the outputs to be; items is NULL once applied, as is that of … */
        OutputRoutes routes;
} OutputPlan;

/* OUTPUTS: the current ones. Borrows CONFIG. Returns 0 or negative errno. */
int output_plan_make(const OutputList *outputs, const Config *config, MailboxGroup *workers,
                     OutputPlan *ret);
/* Opens the new outputs; failures are listed in ERRORS. Returns 0 or negative errno. */
int output_plan_open(const OutputPlan *p, FILE *errors);
void output_plan_done(OutputPlan *p);

/*
 * Applies the plan to OUTPUTS and ROUTES, while no worker runs. Removed outputs are the caller's.
 */
void output_plan_apply(OutputPlan *p, OutputList *outputs, OutputRoutes *routes);
void output_plan_free_routes(OutputRoutes *routes);
