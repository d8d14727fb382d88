/* SPDX-License-Identifier: MIT */
/*
 * Answers made of dictionaries (a{sv}), entry by entry. After the first error every call does
 * nothing, so the error is checked once, when the answer is sent. Text is escaped as in a record,
 * because the bus accepts only UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

typedef struct ControlDict {
        sd_bus_message *m; /* borrowed: what is appended to */
        int error;         /* negative errno; 0: none so far */
} ControlDict;

/*
 * Answers CALL with what FILL adds, or with the error that it met. Returns what a method handler
 * returns: the result of sd_bus_send(3).
 */
int control_dict_reply(sd_bus_message *call, void (*fill)(const void *userdata, ControlDict *d),
                       const void *userdata);

/* A list of CONTENTS ("a{sv}", "t"). */
void control_dict_open_list(ControlDict *d, const char *contents);
void control_dict_close_list(ControlDict *d);
void control_dict_add_u64(ControlDict *d, uint64_t value); /* an element of "t" */

void control_dict_open(ControlDict *d);
void control_dict_close(ControlDict *d);

void control_dict_text(ControlDict *d, const char *key, const char *value);
void control_dict_bool(ControlDict *d, const char *key, bool value);
void control_dict_u16(ControlDict *d, const char *key, uint16_t value);
void control_dict_u32(ControlDict *d, const char *key, uint32_t value);
void control_dict_u64(ControlDict *d, const char *key, uint64_t value);
void control_dict_u64s(ControlDict *d, const char *key, const uint64_t *values, size_t n);
/* An array of strings: NEXT returns one after the other, NULL at the end. */
void control_dict_texts(ControlDict *d, const char *key, const char *(*next)(void *userdata),
                        void *userdata);

/* One entry of a table: a number in a structure. */
typedef struct ControlField {
        const char *key;
        size_t offset; /* of a uint64_t */
} ControlField;
void control_dict_fields(ControlDict *d, const ControlField *fields, size_t n,
                         const void *structure);
