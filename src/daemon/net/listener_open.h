/* SPDX-License-Identifier: MIT */
/* Opens the sockets of a listener. */
#pragma once

#include "daemon/net/socket_base.h"
#include "daemon/systemd/fdstore.h"
#include <stdio.h>

typedef struct ConfigListener ConfigListener;
typedef struct ConfigStrings ConfigStrings;
typedef struct ListenerSocket ListenerSocket;

/*
 * If its interface does not exist, a listener has no sockets.
 * PORT: shared if a leaving socket still has it. Both prepend all sockets to the list *L, or none;
 * an error is printed to ERRORS as one line. Return 0 or negative errno.
 */
int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l);
/* For address "*" if the other family has a socket already. A host without IPv6 needs only one. */
int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l);
/*
 * The name of a socket in the descriptor store. It ends with what the kernel does not tell, or what may
 * change while nobody looks: the groups that the socket has joined, the file that is at its path.
 */
void listener_store_name(const ConfigListener *c, const Endpoint *at,
                         char ret[static FDSTORE_NAME_MAX]);
/* Whether that end of NAME is still right. */
bool listener_store_name_fits(const char *name, const ConfigStrings *groups, const Endpoint *at);
/* The file that S has made, if it is still that one: removes it; gives it the mode of its listener. */
void listener_unlink(const ListenerSocket *s);
void listener_set_mode(const ListenerSocket *s);
/* Whether a socket that is leaving has the port or the path of C. */
bool listener_open_is_in_the_way(const ConfigListener *c, const Endpoint *leaving);
/* S was opened with a shared port: socket_base_start(). Prints and returns the same. */
int listener_start(const ConfigListener *c, const ListenerSocket *s, FILE *errors);
