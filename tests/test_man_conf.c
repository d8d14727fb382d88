/* SPDX-License-Identifier: MIT */
/*
 * sockd.conf(5) and the packaged sockd.conf against the table of settings: every key with its
 * default and range, no key that does not exist.
 */
#include "config/setting.h"

#include "config/config.h"
#include "core/macro.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define N_SETTINGS_MAX 64

static char *read_file(const char *name) {
        const char *top = getenv("srcdir");
        _cleanup_free_ char *path = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size = 0;

        assert_true(asprintf(&path, "%s/%s", top ? top : ".", name) > 0);
        f = fopen(path, "re");
        if (!f)
                fail_msg("%s cannot be read", path);
        assert_true(getdelim(&text, &size, '\0', f) > 0);
        return text;
}

/* What the manual must say of S, word by word. */
static void format_default(const Setting *s, char *buf, size_t size) {
        char min[SETTING_VALUE_MAX], max[SETTING_VALUE_MAX];
        size_t n = (size_t)snprintf(buf, size, "Default: %s", s->fallback);

        if (s->type == SETTING_NUMBER || s->type == SETTING_SIZE || s->type == SETTING_TIME) {
                setting_format_unit(s, s->min, min);
                setting_format_unit(s, s->max, max);
                n += (size_t)snprintf(buf + n, size - n, "; range: %s to %s", min, max);
        }
        if (s->type == SETTING_WORD) {
                n += (size_t)snprintf(buf + n, size - n, "; one of:");
                for (unsigned i = (unsigned)s->min; i <= s->max; i++)
                        if (s->word(i))
                                n += (size_t)snprintf(buf + n, size - n, " %s", s->word(i));
        }
        (void)snprintf(buf + n, size - n, ".");
}

/* mdoc writes a backslash as \e. */
static void unescape(char *text) {
        char *to = text;

        for (const char *from = text; *from; from++) {
                *to++ = *from;
                if (from[0] == '\\' && from[1] == 'e')
                        from++;
        }
        *to = '\0';
}

typedef struct Page {
        SettingScope scope;
        const Setting *key; /* whose paragraph this is */
        bool has_default;
        bool has_restart;
        bool has_example;
        const Setting *seen[N_SETTINGS_MAX];
        size_t n_seen;
} Page;

static void end_key(Page *p) {
        if (!p->key)
                return;
        if (!p->has_default) {
                char buf[256];

                format_default(p->key, buf, sizeof(buf));
                fail_msg("%s: the manual does not say \"%s\"", p->key->name, buf);
        }
        if (!p->has_example)
                fail_msg("%s: the manual has no example", p->key->name);
        if (p->has_restart == p->key->reloadable)
                fail_msg("%s: the manual is wrong about reload", p->key->name);
        p->key = NULL;
}

static void begin_key(Page *p, const char *name) {
        if (p->scope == SETTING_SCOPE_MAX_)
                return;

        p->key = setting_find(p->scope, name);
        if (!p->key)
                fail_msg("the manual has %s, which does not exist there", name);
        p->has_default = p->has_restart = p->has_example = false;
        assert_true(p->n_seen < N_SETTINGS_MAX);
        p->seen[p->n_seen++] = p->key;
}

static void begin_section(Page *p, const char *title) {
        static const struct {
                const char *title;
                SettingScope scope;
        } table[] = {
                { "Top level", SETTING_TOP },
                { "Limits", SETTING_LIMITS },
                { "Listeners", SETTING_LISTENER },
                { "Outputs", SETTING_OUTPUT },
                { "TLS", SETTING_TLS },
        };

        p->scope = SETTING_SCOPE_MAX_;
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (strcmp(title, table[i].title) == 0)
                        p->scope = table[i].scope;
}

static void read_line(Page *p, char *line) {
        char wanted[256];

        if (strncmp(line, ".Sh ", 4) == 0 || strncmp(line, ".Ss ", 4) == 0) {
                end_key(p);
                begin_section(p, line + 4);
                return;
        }
        if (strncmp(line, ".It Ic ", 7) == 0) {
                end_key(p);
                line[7 + strcspn(line + 7, " ")] = '\0';
                begin_key(p, line + 7);
                return;
        }
        if (!p->key)
                return;

        format_default(p->key, wanted, sizeof(wanted));
        unescape(line);
        p->has_default |= strcmp(line, wanted) == 0;
        p->has_restart |= strstr(line, "only a restart changes it") != NULL;
        p->has_example |= strncmp(line, ".Dl ", 4) == 0 && strstr(line, p->key->name);
}

static void test_manual(void **state) {
        _cleanup_free_ char *text = read_file("man/sockd.conf.5");
        Page page = { .scope = SETTING_SCOPE_MAX_ };
        char *rest = text, *line;

        (void)state;
        while ((line = strsep(&rest, "\n")))
                read_line(&page, line);
        end_key(&page);

        for (SettingScope scope = 0; scope < SETTING_SCOPE_MAX_; scope++) {
                const Setting *s = NULL;

                while ((s = setting_next(scope, s))) {
                        unsigned n = 0;

                        for (size_t i = 0; i < page.n_seen; i++)
                                n += page.seen[i] == s;
                        if (n != 1)
                                fail_msg("%s stands %u times in the manual", s->name, n);
                }
        }
}

static char *load_and_print(const char *text) {
        char path[] = "/tmp/test_man_conf.XXXXXX";
        _cleanup_(config_freep) Config *c = NULL;
        _cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
        char *printed = NULL;
        size_t size;
        FILE *f;
        int r;

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        r = config_load(path, stderr, &c);
        (void)unlink(path);
        assert_int_equal(r, 0);

        f = open_memstream(&printed, &size);
        assert_non_null(f);
        assert_int_equal(config_print(c, f), 0);
        assert_int_equal(fclose(f), 0);
        return printed;
}

/* "# key = value;" without its "#" */
static void uncomment(char *text) {
        for (char *line = text; line; line = strchr(line, '\n')) {
                size_t n_name;

                line += strspn(line, "\n ");
                if (line[0] != '#' || line[1] != ' ')
                        continue;
                n_name = strspn(line + 2, "abcdefghijklmnopqrstuvwxyz_");
                if (n_name > 0 && strncmp(line + 2 + n_name, " = ", 3) == 0)
                        *line = ' ';
        }
}

static bool has_key(const char *text, const char *name) {
        _cleanup_free_ char *wanted = NULL;

        assert_true(asprintf(&wanted, " %s = ", name) > 0);
        return strstr(text, wanted) || strncmp(text, wanted + 1, strlen(wanted) - 1) == 0;
}

/* The comments say what holds without them, and no key is left out. */
static void test_packaged_file(void **state) {
        _cleanup_free_ char *text = read_file("etc/sockd.conf");
        _cleanup_free_ char *before = load_and_print(text);
        _cleanup_free_ char *after = NULL;

        (void)state;
        uncomment(text);
        after = load_and_print(text);
        assert_string_equal(before, after);

        for (char *p = text; *p; p++)
                if (*p == '\n')
                        *p = ' ';
        for (SettingScope scope = 0; scope < SETTING_SCOPE_MAX_; scope++)
                for (const Setting *s = NULL; (s = setting_next(scope, s));)
                        if (!has_key(text, s->name))
                                fail_msg("etc/sockd.conf does not show %s", s->name);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_manual),
                cmocka_unit_test(test_packaged_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
