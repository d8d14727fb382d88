/* SPDX-License-Identifier: MIT */
/* A directory of each instance has its name behind a "@", as its unit has, and is in none of another. */

#include "core/instance.h"

#include "core/bus_names.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define SUFFIX ".conf"

static bool is_valid(const char *name) {
        size_t size = strlen(name);

        return size <= INSTANCE_NAME_MAX && strcspn(name, LETTERS) == 0 && size > 0 &&
               strspn(name, LETTERS "0123456789_-") == size;
}

int instance_init(Instance *i, const char *name) {
        const char *at = name ? "@" : "", *dot = name ? "." : "", *slash = name ? "/" : "";
        int directory = (int)(strlen(SOCKD_CONFIG_FILE) - strlen(SUFFIX));

        if (name && !is_valid(name))
                return -EINVAL;

        if (!name)
                name = "";
        (void)snprintf(i->config, sizeof(i->config), "%.*s%s%s" SUFFIX, directory,
                       SOCKD_CONFIG_FILE, slash, name);
        (void)snprintf(i->bus_name, sizeof(i->bus_name), BUS_NAME "%s%s", dot, name);
        (void)snprintf(i->service, sizeof(i->service), "sockd%s%s", at, name);
        (void)snprintf(i->control, sizeof(i->control), CONTROL_DIRECTORY "%s%s/" CONTROL_SOCKET, at,
                       name);
        return 0;
}

void instance_of_bus_name(Instance *i, const char *bus_name) {
        size_t n = strlen(BUS_NAME ".");

        /* cannot fail: the name was valid */
        (void)instance_init(i, strncmp(bus_name, BUS_NAME ".", n) == 0 ? bus_name + n : NULL);
}
