/* SPDX-License-Identifier: MIT */
/* What sd-bus wants to be told, in one place. */

#include "daemon/control_dict.h"

#include "core/escape.h"
#include "core/macro.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

int control_dict_open(sd_bus_message *m) {
        return sd_bus_message_open_container(m, 'a', "{sv}");
}

int control_dict_close(sd_bus_message *m) {
        return sd_bus_message_close_container(m);
}

int control_dict_text(sd_bus_message *m, const char *key, const char *value) {
        size_t size = strlen(value);
        _cleanup_free_ char *escaped = malloc(ESCAPE_TEXT_MAX(size) + 1);

        if (!escaped)
                return -ENOMEM;

        escaped[escape_text(escaped, value, size)] = '\0';
        return sd_bus_message_append(m, "{sv}", key, "s", escaped);
}

int control_dict_bool(sd_bus_message *m, const char *key, bool value) {
        return sd_bus_message_append(m, "{sv}", key, "b", value);
}

int control_dict_u16(sd_bus_message *m, const char *key, uint16_t value) {
        return sd_bus_message_append(m, "{sv}", key, "q", value);
}

int control_dict_u32(sd_bus_message *m, const char *key, uint32_t value) {
        return sd_bus_message_append(m, "{sv}", key, "u", value);
}

int control_dict_u64(sd_bus_message *m, const char *key, uint64_t value) {
        return sd_bus_message_append(m, "{sv}", key, "t", value);
}

int control_dict_u64s(sd_bus_message *m, const char *key, const uint64_t *values, size_t n) {
        int r = sd_bus_message_open_container(m, 'e', "sv");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "at");
        if (r >= 0)
                r = sd_bus_message_append_array(m, 't', values, n * sizeof(*values));
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int control_dict_fields(sd_bus_message *m, const ControlField *fields, size_t n,
                        const void *structure) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                uint64_t value;

                memcpy(&value, (const char *)structure + fields[i].offset, sizeof(value));
                r = control_dict_u64(m, fields[i].key, value);
        }
        return r;
}
