/* SPDX-License-Identifier: MIT */
/* The rules of "tls" in a listener, without a look into the files that it names. Only for check.c. */
#pragma once

typedef struct Check Check;
typedef struct ConfigListener ConfigListener;

/* Also completes it: the places, and message_timeout of L unless that is set. */
void check_tls(const Check *check, ConfigListener *l);
