/* SPDX-License-Identifier: MIT */
/* The settings of a listener. */
#pragma once

#include "config/config_octets.h"
#include "config/config_strings.h"
#include "config/config_tls.h"
#include "core/frame.h"
#include "core/names.h"
#include "core/protocol.h"
#include <sys/types.h>

#define CONFIG_GROUPS_MAX 64

typedef struct ConfigListener {
        char *name;
        Protocol protocol;
        char *address;        /* as written: numeric, or "*" for every address of both families */
        uint32_t port;        /* 0: the kernel chooses; only that of a vsock is above 65535 */
        char *path;           /* of a Unix socket, or "@NAME" in the abstract namespace; or NULL */
        char *mode;           /* of its file, in octal */
        uint32_t cid;         /* of a vsock; UINT32_MAX: any */
        unsigned ip_protocol; /* of a raw socket, as the next two */
        Packet packet;
        ConfigOctets icmp_types; /* only these; empty: all */
        char *interface;         /* the only one; "": any; never NULL */
        ConfigStrings groups;    /* joined; as written (core/group.h) */
        Framing framing;
        char *delimiter, *start; /* framing "delimiter" only, else NULL; 1 to 8, and 0 to 8 bytes */
        unsigned length_size;    /* framing "length": 1, 2 or 4 bytes … */
        ByteOrder length_order;
        uint64_t message_timeout_usec; /* 0 = never */
        bool syslog;                   /* the headers of its messages give fields */
        Level acknowledge;
        char *reply;             /* receipt template; "" = none; never NULL */
        uint64_t receive_buffer; /* bytes; 0 = leave the kernel's default (tcp without the key) */
        bool receive_buffer_set; /* the key is in the file */
        /* Prefixes, and files of them as "@PATH" (prefix_list.h). */
        ConfigStrings allow, deny, proxies;
        ConfigTls tls;         /* tls.is_set: its connections are encrypted */
        ConfigStrings outputs; /* by their names; empty: all */
        unsigned route;        /* index in Config.routes */
} ConfigListener;

/* A listener with default settings, to be freed by config_listener_done(). Returns 0 or -ENOMEM. */
int config_listener_defaults(Protocol protocol, uint32_t port, Level acknowledge,
                             ConfigListener *ret);
int config_listener_copy(const ConfigListener *l, ConfigListener *ret); /* 0 or -ENOMEM */
void config_listener_done(ConfigListener *l);

/* The mode of its file. */
mode_t config_listener_mode(const ConfigListener *l);
/* How the bytes of its streams become messages. */
FrameSpec config_listener_frame(const ConfigListener *l);
