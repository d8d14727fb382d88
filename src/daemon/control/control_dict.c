/* SPDX-License-Identifier: MIT */
/* All sd-bus calls that build dictionaries. */

#include "daemon/control/control_dict.h"

#include "core/escape.h"
#include "core/macro.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

/* Calls sd_bus_message_FUNCTION(), unless something has failed before. */
#define APPEND(d, function, ...)                                                                   \
        do {                                                                                       \
                if ((d)->error >= 0)                                                               \
                        (d)->error = MIN(sd_bus_message_##function((d)->m, __VA_ARGS__), 0);       \
        } while (0)

int control_dict_reply(sd_bus_message *call, void (*fill)(const void *userdata, ControlDict *d),
                       const void *userdata) {
        ControlDict d = { 0 };
        int r = sd_bus_message_new_method_return(call, &d.m);

        if (r < 0)
                return r;

        fill(userdata, &d);
        r = d.error < 0 ? sd_bus_reply_method_errno(call, d.error, NULL)
                        : sd_bus_send(NULL, d.m, NULL);
        (void)sd_bus_message_unref(d.m);
        return r;
}

void control_dict_open_list(ControlDict *d, const char *contents) {
        APPEND(d, open_container, 'a', contents);
}

void control_dict_add_u64(ControlDict *d, uint64_t value) {
        APPEND(d, append, "t", value);
}

void control_dict_open(ControlDict *d) {
        APPEND(d, open_container, 'a', "{sv}");
}

void control_dict_close(ControlDict *d) {
        if (d->error >= 0)
                d->error = MIN(sd_bus_message_close_container(d->m), 0);
}

void control_dict_text(ControlDict *d, const char *key, const char *value) {
        size_t size = strlen(value);
        _cleanup_free_ char *escaped = malloc(ESCAPE_TEXT_MAX(size) + 1);

        if (!escaped) {
                d->error = MIN(d->error, -ENOMEM);
                return;
        }
        escaped[escape_text(escaped, value, size)] = '\0';
        APPEND(d, append, "{sv}", key, "s", escaped);
}

void control_dict_bool(ControlDict *d, const char *key, bool value) {
        APPEND(d, append, "{sv}", key, "b", value);
}

void control_dict_u16(ControlDict *d, const char *key, uint16_t value) {
        APPEND(d, append, "{sv}", key, "q", value);
}

void control_dict_u32(ControlDict *d, const char *key, uint32_t value) {
        APPEND(d, append, "{sv}", key, "u", value);
}

void control_dict_u64(ControlDict *d, const char *key, uint64_t value) {
        APPEND(d, append, "{sv}", key, "t", value);
}

static void open_array(ControlDict *d, const char *key, const char *type) {
        APPEND(d, open_container, 'e', "sv");
        APPEND(d, append, "s", key);
        APPEND(d, open_container, 'v', type);
}

static void close_array(ControlDict *d) {
        control_dict_close(d);
        control_dict_close(d);
}

void control_dict_u64s(ControlDict *d, const char *key, const uint64_t *values, size_t n) {
        open_array(d, key, "at");
        APPEND(d, append_array, 't', values, n * sizeof(*values));
        close_array(d);
}

void control_dict_texts(ControlDict *d, const char *key, const char *(*next)(void *userdata),
                        void *userdata) {
        const char *text;

        open_array(d, key, "as");
        APPEND(d, open_container, 'a', "s");
        while ((text = next(userdata)))
                APPEND(d, append, "s", text);
        control_dict_close(d);
        close_array(d);
}

void control_dict_fields(ControlDict *d, const ControlField *fields, size_t n,
                         const void *structure) {
        for (size_t i = 0; i < n; i++) {
                uint64_t value;

                memcpy(&value, (const char *)structure + fields[i].offset, sizeof(value));
                control_dict_u64(d, fields[i].key, value);
        }
}
