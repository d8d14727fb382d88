/* SPDX-License-Identifier: MIT */
/* Checks where a listener is bound, and completes its groups. Interfaces need not exist. */
#pragma once

typedef struct Check Check;
typedef struct ConfigListener ConfigListener;

/* CHECK: of the listener's group. */
void check_address(const Check *check, ConfigListener *l);
