/* SPDX-License-Identifier: MIT */
/*
 * Applies new settings. A thread reads the file and opens what is new, because that may block
 * on a disk; once all workers wait at the gate, the main thread changes everything at once. A
 * failure changes nothing. Owned by the server.
 *
 *   idle ──► preparing (thread) ──► gathering (workers go to the gate) ──► idle
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
        const char *error;  /* the first line of ERRORS; NULL: the settings are in force */
        const char *errors; /* all of what is wrong, in lines */
        bool again;         /* another reload was requested in the meantime */
        bool same;          /* the settings are those of before: of reload_listeners() */
};

/* A reload has ended, which was logged. RESULT is valid during the call. */
typedef void (*ReloadEnd)(const ReloadResult *result, void *userdata);

/* Borrows everything. Returns 0 or negative errno. */
int reload_new(sd_event *event, Engine *engine, const char *config_path, ReloadEnd on_end,
               void *userdata, Reload **ret);
Reload *reload_free(Reload *l);

/* The number of the next reload: they count up from 1. */
uint64_t reload_next(const Reload *l);
bool reload_is_under_way(const Reload *l);
/* Begins a reload, which may end at once; if one is under way, another one will follow. */
void reload_start(Reload *l);
/*
 * Opens and closes sockets as the current settings have it, although they do not change. Nothing
 * happens while a reload is under way.
 */
void reload_listeners(Reload *l);
/* The server stops: releases the workers; nothing changes any more. */
void reload_abandon(Reload *l);
/* False: its thread is blocked, probably by a disk, and uses the engine. */
bool reload_is_over(Reload *l);
