/* SPDX-License-Identifier: MIT */
/* The state of sockd, its listeners and its outputs, from calls made together. */
#pragma once

#include "ctl/bus.h"
#include "ctl/rows.h"

typedef struct Snapshot {
        Rows status; /* one row */
        Rows listeners, outputs;
} Snapshot;

Status snapshot_get(sd_bus *bus, Snapshot *ret);
/* A command without words up to here: parses options, opens the bus. Returns whether to go on. */
bool snapshot_of_command(const OptionSet *set, Arguments arguments, Global *global, Snapshot *ret,
                         Status *ret_status);
void snapshot_done(Snapshot *s);
