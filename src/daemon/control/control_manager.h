/* SPDX-License-Identifier: MIT */
/* The interface org.sockd1.Manager as a table; dbus/org.sockd1.Manager.xml is compared with it. */
#pragma once

typedef struct Control Control;
typedef struct sd_bus sd_bus;

/* Serves the interface to the other end of BUS. Returns 0 or negative errno. */
int control_manager_add(sd_bus *bus, Control *c);
