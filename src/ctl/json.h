/* SPDX-License-Identifier: MIT */
/* JSON on standard output: on one line, or indented for people. */
#pragma once

#include "ctl/options.h"
#include "ctl/rows.h"

typedef struct Json {
        JsonMode mode; /* not JSON_OFF */
        unsigned depth;
        bool any; /* these brackets are not empty */
} Json;

/* BRACKET: '{' or '['. KEY: NULL in an array, and outside everything. The last end ends the line. */
void json_begin(Json *j, const char *key, char bracket);
void json_end(Json *j, char bracket);

/* All fields of the row, in the object that is open. */
void json_fields(Json *j, const Row *row);
/* An array of objects. */
void json_rows(Json *j, const char *key, const Rows *rows);
