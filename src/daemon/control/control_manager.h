/* SPDX-License-Identifier: MIT */
/* The interface org.sockd1.Manager as a table; dbus/org.sockd1.Manager.xml is compared with it. */
#pragma once

#include <systemd/sd-bus.h>

/* Its userdata is a Control. */
extern const sd_bus_vtable control_manager_vtable[];
