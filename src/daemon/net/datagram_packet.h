/* SPDX-License-Identifier: MIT */
/* What raw sockets receive: of IPv4 the header and what follows it, of IPv6 only that. */
#pragma once

#include "daemon/net/datagram_source.h"

/*
 * Completes *S, whose peer and local address are set, from the header or from control messages, and
 * makes *M what the listener records. Returns as datagram_source_read().
 */
DatagramVerdict datagram_packet_read(const Datagram *d, struct msghdr *mh, DatagramSource *s,
                                     Message *m);
