/* SPDX-License-Identifier: MIT */
/*
 * Dictionaries (a{sv}) in answers, entry by entry. All return 0 or positive, or negative errno. Text
 * is escaped as in a record, because the bus takes nothing but UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

int control_dict_open(sd_bus_message *m);
int control_dict_close(sd_bus_message *m);

int control_dict_text(sd_bus_message *m, const char *key, const char *value);
int control_dict_bool(sd_bus_message *m, const char *key, bool value);
int control_dict_u16(sd_bus_message *m, const char *key, uint16_t value);
int control_dict_u32(sd_bus_message *m, const char *key, uint32_t value);
int control_dict_u64(sd_bus_message *m, const char *key, uint64_t value);
int control_dict_u64s(sd_bus_message *m, const char *key, const uint64_t *values, size_t n);

/* One entry of a table: a number in a structure. */
typedef struct ControlField {
        const char *key;
        size_t offset; /* of a uint64_t */
} ControlField;
int control_dict_fields(sd_bus_message *m, const ControlField *fields, size_t n,
                        const void *structure);
