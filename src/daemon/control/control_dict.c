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

void control_dict_begin(ControlDict *d, sd_bus_message *call) {
        *d = (ControlDict){ 0 };
        d->error = MIN(sd_bus_message_new_method_return(call, &d->m), 0);
}

void control_dict_send(ControlDict *d, sd_bus_message *call) {
        if (d->error < 0)
                (void)sd_bus_reply_method_errno(call, d->error, NULL);
        else
                (void)sd_bus_send(NULL, d->m, NULL);
        control_dict_done(d);
}

void control_dict_done(ControlDict *d) {
        d->m = sd_bus_message_unref(d->m);
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

/* Returns NULL if memory runs out, which is the error of D then. */
static char *escape(ControlDict *d, const char *text) {
        size_t size = strlen(text);
        char *escaped = malloc(ESCAPE_TEXT_MAX(size) + 1);

        if (escaped)
                escaped[escape_text(escaped, text, size)] = '\0';
        else
                d->error = MIN(d->error, -ENOMEM);
        return escaped;
}

void control_dict_text(ControlDict *d, const char *key, const char *value) {
        _cleanup_free_ char *escaped = escape(d, value);

        control_dict_escaped(d, key, escaped);
}

void control_dict_escaped(ControlDict *d, const char *key, const char *value) {
        APPEND(d, append, "{sv}", key, "s", value);
}

void control_dict_bool(ControlDict *d, const char *key, bool value) {
        APPEND(d, append, "{sv}", key, "b", value);
}

void control_dict_u8(ControlDict *d, const char *key, uint8_t value) {
        APPEND(d, append, "{sv}", key, "y", value);
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

void control_dict_strings(ControlDict *d, const char *key, char *const *strings, size_t n) {
        open_array(d, key, "as");
        APPEND(d, open_container, 'a', "s");
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *escaped = escape(d, strings[i]);

                APPEND(d, append, "s", escaped);
        }
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
