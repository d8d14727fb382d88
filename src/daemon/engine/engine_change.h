/* SPDX-License-Identifier: MIT */
/*
 * New settings for a running engine. Everything that can fail is done before anything changes:
 * freeing a change that was not applied leaves no trace.
 */
#pragma once

#include <stdio.h>

typedef struct Config Config;
typedef struct Engine Engine;
typedef struct EngineChange EngineChange;

/*
 * Reads the file and opens what is new, which may block on a disk. Any thread, while nobody changes
 * the engine. CONFIG_PATH NULL: the current settings, for sockets to be opened again. Problems are
 * printed to ERRORS, one per line. Returns 0 or negative errno.
 */
int engine_change_prepare(Engine *e, const char *config_path, FILE *errors, EngineChange **ret);
EngineChange *engine_change_free(EngineChange *c);

/* The new settings; NULL once they are in force. */
const Config *engine_change_config(const EngineChange *c);
/* Applies the change, while all workers wait at the gate. ERRORS and result as above. */
int engine_change_apply(EngineChange *c, FILE *errors);
