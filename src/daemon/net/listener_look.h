/* SPDX-License-Identifier: MIT */
/*
 * What a listener waits for: an interface, an address, a route, a group. Looked at every now and
 * then, because all of them come and go. Main thread only, while no reload is under way.
 */
#pragma once

typedef struct ListenerSet ListenerSet;

/* In the order of urgency. */
typedef enum ListenerLook {
        LISTENER_LOOK_NEVER,  /* no listener depends on such things */
        LISTENER_LOOK_LATER,  /* nothing is missing */
        LISTENER_LOOK_SOON,   /* a listener waits */
        LISTENER_LOOK_REOPEN, /* sockets have to be opened or closed: plan the listeners again */
} ListenerLook;

/* Joins groups, notes and logs what each listener waits for. Returns the most urgent result. */
ListenerLook listener_look(ListenerSet *set);
