/* SPDX-License-Identifier: MIT */
/*
 * The settings as an immutable value, loaded from a libconfig file through the table in setting.c.
 * A Config is owned by the caller of config_load(); nothing in it changes after that returned it.
 */
#pragma once

#include "config/config_listener.h"
#include "core/macro.h"
#include "core/names.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define CONFIG_GROUP_NONE ((gid_t)-1)

typedef struct ConfigOutput {
        OutputType type;
        char *path;    /* absolute, or "-"; NULL for the journal; core/path_template.h */
        Format format; /* FORMAT_JOURNAL for the journal */
        WhenFull when_full;
        char *mode; /* of a file that is created, in octal; never NULL */
        mode_t mode_bits;
        char *group;    /* likewise, as written; "": as its directory decides; never NULL */
        gid_t group_id; /* CONFIG_GROUP_NONE for "" */
        char *name;
        unsigned files_open, files_max; /* of a template: open at a time; names in all */
        size_t n_senders;               /* listeners that send to it */
} ConfigOutput;

/* A set of outputs that listeners send to: their indices, in ascending order. */
typedef struct ConfigRoute {
        size_t *outputs; /* owned */
        size_t n;
} ConfigRoute;

typedef struct ConfigLimits {
        uint64_t message_size;         /* bytes */
        uint64_t connections;          /* open streams in all */
        uint64_t connections_per_peer; /* 0 = no limit, as the next three */
        uint64_t connection_rate;      /* accepted a second, in all */
        uint64_t connection_rate_per_peer;
        uint64_t message_rate_per_peer; /* messages a second */
        uint64_t idle_timeout_usec;     /* 0 = never */
        uint64_t memory;                /* bytes buffered for peers */
} ConfigLimits;

typedef struct Config {
        ConfigListener *listeners;
        size_t n_listeners; /* at least 1 */
        ConfigOutput *outputs;
        size_t n_outputs;    /* at least 1 */
        ConfigRoute *routes; /* of the listeners, and that of all outputs */
        unsigned n_routes;
        ConfigLimits limits;
        unsigned workers; /* never 0: "0" in the file has become a number here */
        int log_level;    /* syslog priority: LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG */
} Config;

/*
 * Loads, checks and completes the file. Every error goes to ERRORS as one line "FILE:LINE: KEY:
 * what is wrong" (without a line number where the file cannot be read). Returns 0 and a Config to
 * config_free(); -EBADMSG when the file has errors, another negative errno when it cannot be read or
 * memory is short, both after writing a line.
 */
int config_load(const char *path, FILE *errors, Config **ret);
Config *config_free(Config *c);
DEFINE_CLEANUP(Config *, config_free)

/*
 * Prints the effective settings, including defaults, as a file that config_load() reads back to the
 * same values. Returns 0, -ENOMEM or -EIO.
 */
int config_print(const Config *c, FILE *f);

/* Returns NULL if no listener has that name. */
const ConfigListener *config_find_listener(const Config *c, const char *name);
