/* SPDX-License-Identifier: MIT */
/*
 * Any lines as prefixes: what is taken is what its text says, can be shown and read again, has the
 * addresses that agree with it bit by bit; and a set has what one of its prefixes has.
 */

#include "core/macro.h"
#include "fuzz.h"
#include "prefix_model.h"
#include <errno.h>

/* The model takes a time that is quadratic in it. */
#define N_PREFIXES_MAX 16

/* "HOST" or "HOST/BITS", where an IPv4-mapped address has 128 bits and needs 96 of them. */
static bool is_prefix(const char *text, Address *ret_host) {
        _cleanup_free_ char *host = strdup(text);
        char *slash;
        unsigned n = 0;
        bool is_long;

        assert(host);
        slash = strchr(host, '/');
        if (slash)
                *slash = '\0';
        is_long = strchr(host, ':');
        if (address_parse(host, 0, ret_host) < 0)
                return false;
        if (!slash)
                return true;

        for (const char *p = slash + 1; *p; p++) {
                if (*p < '0' || *p > '9')
                        return false;
                n = MIN(n * 10 + (unsigned)(*p - '0'), 1000u);
        }
        if (ret_host->scope_id != 0 && n < 10) /* wider than link-local */
                return false;
        return slash[1] && n <= (is_long ? 128u : 32u) &&
               (n >= 96 || !is_long || ret_host->family == AF_INET6);
}

/* "uid:N", "gid:N" or "vsock:N": digits, of which a zero is the first only if it is all of them or not all are zero. */
static bool is_local(const char *text) {
        const char *digits = strchr(text, ':') ? strchr(text, ':') + 1 : "";
        const bool is_machine = strncmp(text, "vsock:", strlen("vsock:")) == 0;
        const bool is_group = strncmp(text, "gid:", strlen("gid:")) == 0;
        const uint64_t max = is_machine ? UINT32_MAX : UINT32_MAX - 1;
        uint64_t v = 0;

        if (!is_machine && !is_group && strncmp(text, "uid:", strlen("uid:")) != 0)
                return false;
        if (!*digits || digits[strspn(digits, "0123456789")] ||
            (is_group && strlen(text) > strlen("gid:4294967295")))
                return false;
        for (const char *p = digits; *p && v <= max; p++)
                v = v * 10 + (uint64_t)(*p - '0');
        return v <= max && (v > 0 || strcmp(digits, "0") == 0);
}

static void check_local(const Prefix *p, const char *text) {
        char shown[ADDRESS_TEXT_MAX];
        Address a;

        assert(prefix_is_address(p));
        assert(p->base.family == (*text == 'v' ? AF_VSOCK : AF_UNIX));
        if (p->base.family == AF_UNIX)
                assert((p->base.process.uid == ADDRESS_ID_UNKNOWN) == (*text == 'g'));
        assert(prefix_has(p, &p->base));
        if (*text == 'g')
                return; /* nobody's address shows a group */
        (void)address_format_host(&p->base, shown);
        if (strchr(shown, '-'))
                return; /* any machine */
        if (address_parse_peer(shown, 0, &a) < 0)
                abort();
        assert(prefix_has(p, &a));
}

static void check_prefix(const Prefix *p, bool had_more, const Address *host) {
        char base[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 4];
        bool has_more = false;
        Prefix again;
        int r;

        assert(p->bits <= prefix_model_bits(&p->base));
        assert(prefix_is_address(p) == (p->bits == prefix_model_bits(&p->base)));
        assert(prefix_has(p, host) && prefix_has(p, &p->base));
        for (unsigned i = 0; i < prefix_model_bits(&p->base); i++) {
                bool set = prefix_model_bit(host, i);

                has_more |= i >= p->bits && set;
                assert(prefix_model_bit(&p->base, i) == (i < p->bits && set));
        }
        assert(had_more == has_more);

        /* An error says that this is the prefix. */
        (void)address_format_host(&p->base, base);
        (void)snprintf(text, sizeof(text), "%s/%u", base, p->bits);
        r = prefix_parse(text, &again);
        assert(r == 0);
        assert(again.bits == p->bits && address_equal(&again.base, &p->base));
}

static bool take_line(const char *text, Prefix *ret) {
        Address host;
        bool good = is_prefix(text, &host);
        int r = prefix_parse(text, ret);

        if (is_local(text)) {
                assert(!good && r == 0);
                check_local(ret, text);
                return true;
        }
        assert(good ? r == 0 || r == 1 : r == -EINVAL || r == -ENODEV);
        if (good)
                check_prefix(ret, r == 1, &host);
        return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = exact_text(data, size);
        PrefixSet *set = prefix_set_new();
        Prefix prefixes[N_PREFIXES_MAX];
        size_t n = 0;
        char *next = text;

        assert(set);
        while (next && n < N_PREFIXES_MAX) {
                char *line = strsep(&next, "\n");

                if (!take_line(line, &prefixes[n]))
                        continue;
                if (prefix_set_add(set, &prefixes[n]) < 0)
                        abort();
                n++;
        }
        prefix_set_seal(set);
        prefix_model_check(set, prefixes, n);
        (void)prefix_set_free(set);
        return 0;
}
