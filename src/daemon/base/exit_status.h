/* SPDX-License-Identifier: MIT */
/* The exit status of sockd, from sysexits(3): it tells the service manager whether to try again. */
#pragma once

#define EXIT_USAGE 2
#define EXIT_TEMPORARY 75 /* EX_TEMPFAIL: time may cure it */
#define EXIT_CONFIG 78    /* EX_CONFIG: only an administrator can */

/*
 * R: 0 or a status, which is returned, or the negative errno of a start that failed; -ECANCELED if it
 * was stopped, which is a success.
 */
int exit_status_of(int r);
