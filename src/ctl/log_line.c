/* SPDX-License-Identifier: MIT */
/* Which format it is, and what can be seen without reading all of a line. */

#include "ctl/log_line.h"

#include "core/macro.h"
#include <string.h>

#define JSON_TIME "{\"time\":\""
#define JSON_ID "\",\"id\":\""
#define JSON_ID_OFFSET (sizeof(JSON_TIME) - 1 + RECORD_TIME_SIZE + sizeof(JSON_ID) - 1)

bool log_line_time(const char *line, size_t size, uint64_t *ret_usec) {
        const size_t skip = size > 0 && line[0] == '{' ? strlen(JSON_TIME) : 0;

        return size > skip + RECORD_TIME_SIZE &&
               log_line_parse_time(line + skip, RECORD_TIME_SIZE, ret_usec);
}

/* Whether it ends as a record that is whole does, and where the id of one is. */
static bool find_json_id(const char *line, size_t size, const char **ret, size_t *ret_size) {
        const char *id = line + JSON_ID_OFFSET, *quote;

        if (size < JSON_ID_OFFSET + 2 || memcmp(line, JSON_TIME, strlen(JSON_TIME)) != 0 ||
            memcmp(id - strlen(JSON_ID), JSON_ID, strlen(JSON_ID)) != 0 || line[size - 1] != '}')
                return false;

        quote = memchr(id, '"', size - JSON_ID_OFFSET);
        if (!quote)
                return false;
        *ret = id;
        *ret_size = (size_t)(quote - id);
        return true;
}

/* Passes over the next word, which a space ends. */
static const char *skip_word(const char *p, const char *end) {
        const char *space = p ? memchr(p, ' ', (size_t)(end - p)) : NULL;

        return space ? space + 1 : NULL;
}

bool log_line_id(const char *line, size_t size, const char **ret, size_t *ret_size) {
        const char *id, *end = line + size, *behind;

        if (size < RECORD_TIME_SIZE + 2)
                return false;
        if (line[0] == '{')
                return find_json_id(line, size, ret, ret_size);
        if (line[RECORD_TIME_SIZE - 1] != 'Z' || line[RECORD_TIME_SIZE] != ' ')
                return false;

        id = skip_word(skip_word(line + RECORD_TIME_SIZE + 1, end), end);
        behind = skip_word(id, end);
        if (!behind)
                return false;
        *ret = id;
        *ret_size = (size_t)(behind - id) - 1;
        return true;
}

/* Who only looks at the id or the time of a line sees the same. */
static bool agrees(const char *line, size_t size, const LogEntry *e) {
        const char *id;
        size_t id_size;
        uint64_t usec;

        return log_line_time(line, size, &usec) && usec == e->usec &&
               log_line_id(line, size, &id, &id_size) && id_size == e->id.size &&
               memcmp(id, e->id.text, id_size) == 0;
}

bool log_line_parse(const char *line, size_t size, char *message, LogEntry *ret) {
        ret->format = size > 0 && line[0] == '{' ? FORMAT_JSON : FORMAT_TEXT;
        ret->line = line;
        ret->line_size = size;
        ret->protocol = PROTOCOL_MAX_;
        ret->peer = ret->local = (Address){ .family = AF_UNSPEC };
        *ret->security = *ret->peer_name = *ret->peer_fingerprint = *ret->tls = '\0';
        ret->has_packet = ret->has_via = ret->is_syslog = false;
        if (ret->format == FORMAT_TEXT)
                return log_line_parse_text(line, size, message, ret);
        return log_line_parse_json(line, size, message, ret) && agrees(line, size, ret);
}
