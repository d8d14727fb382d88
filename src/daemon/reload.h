/* SPDX-License-Identifier: MIT */
/*
 * New settings for a running engine. A thread reads the file and opens all that is new, because a
 * disk may keep it waiting; then the workers come to the gate, and the main thread changes
 * everything at once. What fails on the way changes nothing. Owned by the server.
 *
 *   idle ──► preparing (thread) ──► gathering (workers come to the gate) ──► idle
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Engine Engine;
typedef struct Reload Reload;
typedef struct ReloadResult ReloadResult;
typedef struct sd_event sd_event;

struct ReloadResult {
        uint64_t number;
        const char *error;  /* the first line of what is wrong; NULL: the settings are in force */
        const char *errors; /* all lines */
        bool again;         /* another reload was asked for in the meantime */
};

/* One has ended; what came of it is logged. The texts are gone afterwards. */
typedef void (*ReloadEnd)(const ReloadResult *result, void *userdata);

/* All is borrowed. Returns 0 or negative errno. */
int reload_new(sd_event *event, Engine *engine, const char *config_path, ReloadEnd on_end,
               void *userdata, Reload **ret);
Reload *reload_free(Reload *l);

/* The number of the reload that reload_start() would begin now: they count up from 1. */
uint64_t reload_next(const Reload *l);
bool reload_is_under_way(const Reload *l);
/* Begins one, which may end at once; while one is under way, remembers that another one is wanted. */
void reload_start(Reload *l);
/* The server stops: the workers are let go, nothing changes any more. */
void reload_abandon(Reload *l);
/* False: its thread is blocked, most likely by a disk, and uses the engine. */
bool reload_is_over(Reload *l);
