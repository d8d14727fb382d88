/* SPDX-License-Identifier: MIT */
/*
 * New settings for an engine that runs. Everything that can fail is done before anything changes: a
 * change that is freed without having been applied leaves no trace.
 */
#pragma once

#include <stdio.h>

typedef struct Config Config;
typedef struct Engine Engine;
typedef struct EngineChange EngineChange;

/*
 * Reads the file and opens all that is new, which may take as long as a disk wants: from any thread,
 * while nobody changes the engine. What is wrong goes to ERRORS, a line each. Returns 0 or negative
 * errno.
 */
int engine_change_prepare(Engine *e, const char *config_path, FILE *errors, EngineChange **ret);
EngineChange *engine_change_free(EngineChange *c);

/* The settings to be; NULL once they are in force. */
const Config *engine_change_config(const EngineChange *c);
/* Applies the change, while all workers wait at the gate. ERRORS and result as above. */
int engine_change_apply(EngineChange *c, FILE *errors);
