/* SPDX-License-Identifier: MIT */
/* The main thread: start, signals, stop. */
#pragma once

typedef struct Config Config;
typedef struct Instance Instance;

/*
 * Runs INSTANCE until a signal stops it. Takes CONFIG, which was read from CONFIG_PATH. Returns 0 if
 * all messages are stored; 1 if some could not be stored in time, or the main loop failed; negative
 * errno, which was logged, if it could not start (-ECANCELED: a signal stopped it first).
 */
int server_run(const Instance *instance, const char *config_path, Config *config);
