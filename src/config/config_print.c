/* SPDX-License-Identifier: MIT */
/* Prints the effective settings as a file that config_load() reads; see config.h. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "config/config.h"
#include "config/setting.h"
#include "core/escape.h"
#include "core/macro.h"

/* The escapes of escape_text() are libconfig's; only the quote is not among them. */
static int print_text(const char *text, FILE *f) {
        size_t n = strlen(text);
        _cleanup_free_ char *buf = malloc(ESCAPE_TEXT_MAX(n) + 1);

        if (!buf)
                return -ENOMEM;

        n = escape_text(buf, text, n);
        fputc('"', f);
        for (size_t i = 0; i < n; i++) {
                if (buf[i] == '"')
                        fputc('\\', f);
                fputc(buf[i], f);
        }
        fputc('"', f);
        return 0;
}

static int print_strings(const ConfigStrings *list, FILE *f) {
        fputs("[", f);
        for (size_t i = 0; i < list->n; i++) {
                int r;

                fputs(i > 0 ? ", " : " ", f);
                r = print_text(list->items[i], f);
                if (r < 0)
                        return r;
        }
        fputs(" ]", f);
        return 0;
}

static void print_octets(const ConfigOctets *o, FILE *f) {
        const char *separator = " ";

        fputs("[", f);
        for (unsigned i = 0; i <= UINT8_MAX; i++) {
                if (!config_octets_has(o, (uint8_t)i))
                        continue;
                fprintf(f, "%s%u", separator, i);
                separator = ", ";
        }
        fputs(" ]", f);
}

static int print_value(const Setting *s, const void *structure, FILE *f) {
        char buf[SETTING_VALUE_MAX];
        uint64_t value;

        if (s->type == SETTING_STRINGS)
                return print_strings(setting_strings(s, structure), f);

        if (s->type == SETTING_OCTETS) {
                print_octets(setting_octets(s, structure), f);
                return 0;
        }
        if (s->type == SETTING_TEXT)
                return print_text(setting_text(s, structure), f);

        value = setting_load(s, structure);
        setting_format(s, value, buf);
        if (s->type == SETTING_WORD)
                fprintf(f, "\"%s\"", buf);
        else
                fprintf(f, "%s%s", buf, s->type != SETTING_TIME && value > INT_MAX ? "L" : "");
        return 0;
}

/* A number below its minimum cannot be written in a file: it means the kernel's default. */
static bool is_printed(const Setting *s, const void *structure) {
        if (s->type == SETTING_GROUP || s->type == SETTING_LIST)
                return false;
        if (s->applies && !s->applies(structure))
                return false;
        if (s->type == SETTING_TEXT)
                return setting_text(s, structure);
        return s->type == SETTING_WORD || s->type == SETTING_STRINGS || s->type == SETTING_OCTETS ||
               setting_load(s, structure) >= s->min;
}

static int print_scope(SettingScope scope, const void *structure, const char *indent, FILE *f) {
        const Setting *s = NULL;

        while ((s = setting_next(scope, s))) {
                int r;

                if (!is_printed(s, structure))
                        continue;
                fprintf(f, "%s%s = ", indent, s->name);
                r = print_value(s, structure, f);
                if (r < 0)
                        return r;
                fputs(";\n", f);
        }
        return 0;
}

static int print_tls(const ConfigListener *l, FILE *f) {
        int r;

        if (!l->tls.is_set)
                return 0;

        fputs("    tls = {\n", f);
        r = print_scope(SETTING_TLS, &l->tls, "      ", f);
        fputs("    };\n", f);
        return r;
}

static int print_element(SettingScope scope, const void *structure, bool is_last, FILE *f) {
        int r;

        fputs("  {\n", f);
        r = print_scope(scope, structure, "    ", f);
        if (r >= 0 && scope == SETTING_LISTENER)
                r = print_tls(structure, f);
        if (r < 0)
                return r;

        fputs(is_last ? "  }\n" : "  },\n", f);
        return 0;
}

int config_print(const Config *c, FILE *f) {
        int r;

        fputs("listeners = (\n", f);
        for (size_t i = 0; i < c->n_listeners; i++) {
                r = print_element(SETTING_LISTENER, &c->listeners[i], i + 1 == c->n_listeners, f);
                if (r < 0)
                        return r;
        }
        fputs(");\noutputs = (\n", f);
        for (size_t i = 0; i < c->n_outputs; i++) {
                r = print_element(SETTING_OUTPUT, &c->outputs[i], i + 1 == c->n_outputs, f);
                if (r < 0)
                        return r;
        }
        fputs(");\nlimits = {\n", f);
        r = print_scope(SETTING_LIMITS, &c->limits, "  ", f);
        if (r < 0)
                return r;

        fputs("};\n", f);
        r = print_scope(SETTING_TOP, c, "", f);
        if (r < 0)
                return r;
        return ferror(f) ? -EIO : 0;
}
