/* SPDX-License-Identifier: MIT */
/*
 * New settings for a running server. A thread reads the file and opens all that is new, because a
 * disk may keep it waiting; then the workers come to the gate, and the main thread changes
 * everything at once. What fails on the way changes nothing. Owned by the server.
 *
 *   preparing (thread) ──► gathering (workers come to the gate) ──► done
 */
#pragma once

#include "daemon/server.h"

/* The number of the reload that reload_start() would begin now: they count up from 1. */
uint64_t reload_next(const Server *s);
/*
 * Begins a reload, or another one after the one under way. What comes of it is logged, told to the
 * service manager, and to calls of server->control.reloads that wait for its number.
 */
void reload_start(Server *s);
/* The server stops: workers are let go, nothing changes any more. */
void reload_abandon(Server *s);
/* False: its thread is held up, most likely by a disk, and uses the server. */
bool reload_is_over(const Server *s);
void reload_done(Server *s);
