/* SPDX-License-Identifier: MIT */
/* What a datagram says beside its bytes: who sent it, where to, and how to answer. */
#pragma once

#include "core/frame.h"
#include "core/record_source.h"
#include <sys/socket.h>
#include <sys/un.h>

typedef struct Datagram Datagram;

/* Room for the control messages of any kind. */
#define DATAGRAM_CONTROL_SIZE 128

typedef struct DatagramSource {
        Address peer;
        Address local;       /* where it was sent to */
        Address answer_from; /* a unicast address of ours */
        RecordPacket packet; /* of a raw socket; options: see below */
        uint8_t options[RECORD_OPTIONS_MAX];
        socklen_t name_size; /* of a Unix socket: where it can be answered; 0: nowhere */
        struct sockaddr_un name;
} DatagramSource;

typedef enum DatagramVerdict {
        DATAGRAM_GOOD,
        DATAGRAM_BAD,      /* malformed */
        DATAGRAM_UNWANTED, /* not one of icmp_types, or of nobody */
} DatagramVerdict;

/* The socket options that reading needs. Returns 0 or negative errno. */
int datagram_source_set_up(const Datagram *d);
/* Room for control messages: 0 if they say nothing that counts. */
size_t datagram_source_control_size(const Datagram *d);
/* Whether two datagrams with the same name may differ in what is read here. */
bool datagram_source_varies(const Datagram *d);
/*
 * Reads the source of a datagram that was received with the header MH. *M: all bytes that there are
 * and its true size; those before the message are taken off.
 */
DatagramVerdict datagram_source_read(const Datagram *d, struct msghdr *mh, DatagramSource *ret,
                                     Message *m);
