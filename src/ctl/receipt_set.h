/* SPDX-License-Identifier: MIT */
/*
 * Millions of receipt ids, and which of them have been found. An id is "PREFIX-COUNTER" (id.h); the
 * counters of a prefix are a sorted array, nine bytes for each. Ids are looked up in about the order
 * in which they were given, so the next one is mostly next to the last one.
 */
#pragma once

#include "core/id.h"
#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ReceiptSet ReceiptSet;

/* Returns NULL when there is no memory; receipt_set_free() returns NULL. */
ReceiptSet *receipt_set_new(void);
ReceiptSet *receipt_set_free(ReceiptSet *s);
DEFINE_CLEANUP(ReceiptSet *, receipt_set_free)

/* Returns 0; -EINVAL for what is no id of sockd; -ENOMEM. An id may be added several times. */
int receipt_set_add(ReceiptSet *s, const char *id, size_t size);
/* Call it after the last one was added. Returns 0 or -ENOMEM. */
int receipt_set_sort(ReceiptSet *s);

/* The id was found. */
void receipt_set_find(ReceiptSet *s, const char *id, size_t size);

size_t receipt_set_size(const ReceiptSet *s);
size_t receipt_set_missing(const ReceiptSet *s);
/* Calls HANDLER for each that was not found, in order. */
void receipt_set_each_missing(const ReceiptSet *s, void (*handler)(const Id *id));
/* The start of the oldest sockd that gave one: no record is older. Microseconds since 1970. */
uint64_t receipt_set_started(const ReceiptSet *s);
