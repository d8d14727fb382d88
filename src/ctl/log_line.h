/* SPDX-License-Identifier: MIT */
/*
 * A line of a file as the entry that it was written from: the inverse of record_write(). A line is
 * given without its line feed; it may hold anything. Nothing here allocates.
 */
#pragma once

#include "ctl/log_entry.h"

/*
 * MESSAGE has room for SIZE bytes; the entry refers to it and to LINE. Returns false if the line is
 * no record, or not as sockd writes it: what is not printable is never in an entry.
 */
bool log_line_parse(const char *line, size_t size, char *message, LogEntry *ret);

/* A quick look at what may be a record: its time; its id. */
bool log_line_time(const char *line, size_t size, uint64_t *ret_usec);
bool log_line_id(const char *line, size_t size, const char **ret, size_t *ret_size);

/* Only for log_line*.c. */
bool log_line_parse_time(const char *text, size_t size, uint64_t *ret_usec);
bool log_line_set_id(Id *id, const char *text, size_t size);
bool log_line_set_listener(LogEntry *e, const char *text, size_t size);
bool log_line_set_name(LogEntry *e, const char *text, size_t size);
/* The address is behind NAME_SIZE bytes: the name, which has been set, and an "@"; 0: none. */
bool log_line_set_peer(LogEntry *e, const char *text, size_t size, size_t name_size);
bool log_line_parse_text(const char *line, size_t size, char *message, LogEntry *ret);
bool log_line_parse_json(const char *line, size_t size, char *message, LogEntry *ret);
