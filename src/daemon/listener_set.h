/* SPDX-License-Identifier: MIT */
/*
 * All listeners of the server, with their sockets: those that the service manager passed and those
 * we open ourselves. Decides which passed socket serves which listener.
 */
#pragma once

#include "config/config.h"
#include "daemon/listener.h"

typedef struct ListenerSet {
        Listener **listeners; /* owned */
        size_t n_listeners;
        ConfigListener *extra; /* owned: settings of listeners that only a socket unit knows */
        size_t n_extra;
} ListenerSet;

/*
 * Opens everything or nothing; says what is wrong. Listeners that got no socket are left out with a
 * warning. Returns 0 or negative errno.
 */
int listener_set_open(const Config *config, ListenerSet *ret);
void listener_set_done(ListenerSet *set);
