/* SPDX-License-Identifier: MIT */
/* The main thread: start, signals, reload, stop. */
#pragma once

typedef struct Config Config;

/*
 * Runs until a signal ends it. Takes the config, which came from CONFIG_PATH. Returns 0 when all
 * that was taken in is stored; negative errno, which was logged, when it could not start; 1 when
 * something could not be stored in time.
 */
int server_run(const char *config_path, Config *config);
