/* SPDX-License-Identifier: MIT */
/*
 * The text of receipts: the template of a listener ("ok %i %l\n") and the fixed error line, for one
 * message or for a run of consecutive ids.
 */
#pragma once

#include "core/id.h"
#include "core/names.h"
#include "core/protocol.h"
#include <stdbool.h>
#include <stddef.h>

/* Longest reply template, and longest receipt made from it. */
#define RECEIPT_TEMPLATE_MAX 1024
#define RECEIPT_SIZE_MAX 16384
/* A shorter datagram gets no receipt: even "ok" must be shorter than what it answers. */
#define RECEIPT_DATAGRAM_MIN 3

typedef struct Receipt Receipt;

/*
 * NULL when TEXT is a usable reply template, else the reason why not: "%i" is the id, "%l" the level,
 * "%%" a percent sign, anything else after a percent sign is wrong; one for datagrams must begin with
 * "ok ".
 */
const char *receipt_template_error(const char *text, Protocol protocol);

/*
 * A valid template, compiled for one level. Returns 0, or -ENOMEM; "" gives 0 and NULL: no
 * receipts.
 */
int receipt_new(const char *text, Level level, Receipt **ret);
Receipt *receipt_free(Receipt *r);
/* Made from this template for this level. */
bool receipt_is(const Receipt *r, const char *text, Level level);

/* Longest receipt of this template; at most RECEIPT_SIZE_MAX. */
size_t receipt_size_max(const Receipt *r);

/*
 * Writes the receipts of up to COUNT consecutive ids from ID, as many as surely fit into SIZE
 * bytes, and moves ID past them. Returns bytes written; *ret_count says for how many messages. What
 * lies behind them, within SIZE, may be overwritten.
 */
size_t receipt_format(const Receipt *r, Id *id, size_t count, bool truncated, char *dst,
                      size_t size, size_t *ret_count);

/* The same for "error ID not stored: STRERROR\n"; ERROR is a positive errno. */
size_t receipt_format_error(int error, Id *id, size_t count, char *dst, size_t size,
                            size_t *ret_count);
