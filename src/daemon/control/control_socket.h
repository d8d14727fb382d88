/* SPDX-License-Identifier: MIT */
/*
 * The control socket: serves on a Unix socket what Control serves on the bus, because there may be
 * no bus. It exists when the service manager provides a directory for it ($RUNTIME_DIRECTORY). Who
 * may do what is decided as on the bus, by the credentials of the peer. Part of Control.
 */
#pragma once

#include <sys/un.h>

/*
 * Open connections, those of users who may only query, and those of one of these users: the others
 * always find room.
 */
#define CONTROL_SOCKET_MAX 64
#define CONTROL_SOCKET_QUERY_MAX 16
#define CONTROL_SOCKET_USER_MAX 4

typedef struct Control Control;
typedef struct ControlPeer ControlPeer;
typedef struct ControlSocket ControlSocket;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

struct ControlSocket {
        sd_event *event;  /* borrowed */
        Control *control; /* borrowed */
        struct sockaddr_un name;
        sd_event_source *accept; /* owns the descriptor; NULL: there is no socket */
        sd_event_source *resume; /* accepts again, after descriptors or memory ran out */
        ControlPeer *peers;      /* owned */
        unsigned n, n_query;     /* connections, and those of users who may only query */
};

/* Logs if the socket cannot be made, and does without. */
void control_socket_start(ControlSocket *s, sd_event *event, Control *control);
void control_socket_done(ControlSocket *s);
