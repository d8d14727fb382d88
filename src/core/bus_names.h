/* SPDX-License-Identifier: MIT */
/* Names on the bus and of the control socket, which both programs use; see org.sockd1(5). */
#pragma once

#define BUS_NAME "org.sockd1"
#define BUS_PATH "/org/sockd1"
#define BUS_INTERFACE BUS_NAME ".Manager"
#define BUS_ERROR_RELOAD_FAILED BUS_NAME ".Error.ReloadFailed"
#define BUS_ERROR_REOPEN_FAILED BUS_NAME ".Error.ReopenFailed"
#define BUS_ERROR_STOPPING BUS_NAME ".Error.Stopping"
#define BUS_ERROR_BUSY BUS_NAME ".Error.Busy"
/* The control socket, in the runtime directory of the service. */
#define CONTROL_SOCKET "control"
#define CONTROL_DIRECTORY "/run/sockd"
/* Of one ListConnections. */
#define BUS_CONNECTIONS_MAX 2000
