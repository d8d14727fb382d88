/* SPDX-License-Identifier: MIT */
/* What a PROXY header said of a stream, which owns it. */
#pragma once

#include "core/proxy.h"
#include "core/record_source.h"

typedef struct StreamVia StreamVia;

struct StreamVia {
        RecordVia record;    /* its texts are the last field */
        Address destination; /* the address that the client connected to */
        char texts[];
};

/* Freed with free(3). NULL: out of memory. */
StreamVia *stream_via_new(const Address *proxy, const ProxyHeader *h);
