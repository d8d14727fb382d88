/* SPDX-License-Identifier: MIT */
/* What sockd tells of itself, its listeners and its outputs, asked for in one go. */
#pragma once

#include "ctl/bus.h"
#include "ctl/rows.h"

typedef struct Snapshot {
        Rows status; /* one row */
        Rows listeners, outputs;
} Snapshot;

Status snapshot_get(sd_bus *bus, Snapshot *ret);
/* For a command without words: its options, the bus, and the snapshot. Returns whether to go on. */
bool snapshot_of_command(const OptionSet *set, Arguments arguments, Global *global, Snapshot *ret,
                         Status *ret_status);
void snapshot_done(Snapshot *s);
