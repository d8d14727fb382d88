/* SPDX-License-Identifier: MIT */
/* See config_listener.h; the defaults come from config_load.c. */
#include "config/config_listener.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void config_listener_done(ConfigListener *l) {
        free(l->name);
        free(l->address);
        free(l->delimiter);
        free(l->start);
        free(l->reply);
        free(l->interface);
        free(l->path);
        free(l->mode);
        config_strings_done(&l->groups);
        config_strings_done(&l->allow);
        config_strings_done(&l->deny);
        config_strings_done(&l->proxies);
        config_tls_done(&l->tls);
        config_strings_done(&l->outputs);
        *l = (ConfigListener){ 0 };
}

/* NULL stays NULL. Returns 0 or -ENOMEM. */
static int copy_text(const char *from, char **to) {
        *to = from ? strdup(from) : NULL;
        return from && !*to ? -ENOMEM : 0;
}

int config_listener_copy(const ConfigListener *l, ConfigListener *ret) {
        ConfigListener copy = *l;

        copy.name = copy.address = copy.delimiter = copy.start = copy.reply = copy.interface = NULL;
        copy.path = copy.mode = NULL;
        copy.groups = copy.allow = copy.deny = copy.proxies = copy.outputs = (ConfigStrings){ 0 };
        copy.tls = (ConfigTls){ 0 };
        if (copy_text(l->name, &copy.name) < 0 || copy_text(l->address, &copy.address) < 0 ||
            copy_text(l->delimiter, &copy.delimiter) < 0 || copy_text(l->start, &copy.start) < 0 ||
            copy_text(l->reply, &copy.reply) < 0 || copy_text(l->interface, &copy.interface) < 0 ||
            copy_text(l->path, &copy.path) < 0 || copy_text(l->mode, &copy.mode) < 0 ||
            config_strings_copy(&l->groups, &copy.groups) < 0 ||
            config_strings_copy(&l->allow, &copy.allow) < 0 ||
            config_strings_copy(&l->deny, &copy.deny) < 0 ||
            config_strings_copy(&l->proxies, &copy.proxies) < 0 ||
            config_tls_copy(&l->tls, &copy.tls) < 0 ||
            config_strings_copy(&l->outputs, &copy.outputs) < 0) {
                config_listener_done(&copy);
                return -ENOMEM;
        }

        *ret = copy;
        return 0;
}

static uint8_t frame_text(const char *text, char to[static FRAME_TEXT_MAX]) {
        size_t n = text ? strlen(text) : 0;

        assert(n <= FRAME_TEXT_MAX);
        memcpy(to, text ? text : "", n);
        return (uint8_t)n;
}

FrameSpec config_listener_frame(const ConfigListener *l) {
        FrameSpec f = {
                .framing = (uint8_t)l->framing,
                .length_size = (uint8_t)l->length_size,
                .length_order = (uint8_t)l->length_order,
        };

        f.delimiter_size = frame_text(l->delimiter, f.delimiter);
        f.start_size = frame_text(l->start, f.start);
        return f;
}

mode_t config_listener_mode(const ConfigListener *l) {
        return (mode_t)strtoul(l->mode, NULL, 8);
}
