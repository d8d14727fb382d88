/* SPDX-License-Identifier: MIT */
/*
 * Replies made of dictionaries (a{sv}), entry by entry. After the first error all calls do nothing;
 * control_dict_send() checks it once. Text is escaped as in records: the bus accepts UTF-8 only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

typedef struct ControlDict {
        sd_bus_message *m; /* owned: the message appended to; NULL: not begun */
        int error;         /* negative errno; 0: none so far */
} ControlDict;

/* A reply to CALL. */
void control_dict_begin(ControlDict *d, sd_bus_message *call);
/* Sends it, or its error. Lost if the caller is gone. */
void control_dict_send(ControlDict *d, sd_bus_message *call);
/* Not sent. */
void control_dict_done(ControlDict *d);

/* An array of CONTENTS ("a{sv}", "t"). */
void control_dict_open_list(ControlDict *d, const char *contents);
void control_dict_add_u64(ControlDict *d, uint64_t value); /* for "t" */

void control_dict_open(ControlDict *d);
/* Closes a list or a dictionary. */
void control_dict_close(ControlDict *d);

void control_dict_text(ControlDict *d, const char *key, const char *value);
void control_dict_escaped(ControlDict *d, const char *key, const char *value); /* it is already */
void control_dict_bool(ControlDict *d, const char *key, bool value);
void control_dict_u8(ControlDict *d, const char *key, uint8_t value);
void control_dict_u16(ControlDict *d, const char *key, uint16_t value);
void control_dict_u32(ControlDict *d, const char *key, uint32_t value);
void control_dict_u64(ControlDict *d, const char *key, uint64_t value);
void control_dict_u64s(ControlDict *d, const char *key, const uint64_t *values, size_t n);
void control_dict_strings(ControlDict *d, const char *key, char *const *strings, size_t n);
/* An array of strings that are escaped already: NEXT returns them one by one, then NULL. */
void control_dict_texts(ControlDict *d, const char *key, const char *(*next)(void *userdata),
                        void *userdata);

/* An entry of a table: a uint64_t in a structure. */
typedef struct ControlField {
        const char *key;
        size_t offset;
} ControlField;
void control_dict_fields(ControlDict *d, const ControlField *fields, size_t n,
                         const void *structure);
