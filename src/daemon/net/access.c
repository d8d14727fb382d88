/* SPDX-License-Identifier: MIT */
/* Three sets of prefixes. */

#include "daemon/net/access.h"

#include "config/config.h"
#include "config/prefix_list.h"
#include "core/macro.h"
#include "core/prefix_set.h"
#include "daemon/net/credentials.h"
#include <errno.h>

struct Access {
        PrefixSet *allow, *deny, *proxies; /* owned; NULL: the list is empty */
};

Access *access_free(Access *a) {
        if (!a)
                return NULL;

        (void)prefix_set_free(a->allow);
        (void)prefix_set_free(a->deny);
        (void)prefix_set_free(a->proxies);
        free(a);
        return NULL;
}

DEFINE_CLEANUP(Access *, access_free)

int access_new(const ConfigListener *config, FILE *errors, Access **ret) {
        _cleanup_(access_freep) Access *a = NULL;
        int r;

        *ret = NULL;
        if (config->allow.n + config->deny.n + config->proxies.n == 0)
                return 0;

        a = calloc(1, sizeof(*a));
        if (!a)
                return -ENOMEM;

        r = prefix_list_load(&config->allow, errors, &a->allow);
        r = MIN(r, prefix_list_load(&config->deny, errors, &a->deny));
        r = MIN(r, prefix_list_load(&config->proxies, errors, &a->proxies));
        r = MIN(r, credentials_demand(config->protocol, config->name, errors));
        if (r >= 0)
                *ret = TAKE_PTR(a);
        return r;
}

int access_check(const Config *config, FILE *errors) {
        int result = 0;

        for (size_t i = 0; i < config->n_listeners; i++) {
                Access *a;

                result = MIN(result, access_new(&config->listeners[i], errors, &a));
                (void)access_free(a);
        }
        return result;
}

bool access_has_proxies(const Access *a) {
        return a && a->proxies;
}

AccessVerdict access_decide_peer(const Access *a, const Address *peer) {
        if (!access_has_proxies(a))
                return access_decide(a, peer);
        return prefix_set_has(a->proxies, peer) ? ACCESS_ALLOWED : ACCESS_NO_PROXY;
}

AccessVerdict access_decide(const Access *a, const Address *sender) {
        if (!a)
                return ACCESS_ALLOWED;
        if (a->deny && prefix_set_has(a->deny, sender))
                return ACCESS_DENIED;
        if (a->allow && !prefix_set_has(a->allow, sender))
                return ACCESS_NOT_ALLOWED;
        return ACCESS_ALLOWED;
}

const char *access_text(AccessVerdict v) {
        static const char *const table[] = {
                [ACCESS_ALLOWED] = "is allowed",
                [ACCESS_DENIED] = "is in deny",
                [ACCESS_NOT_ALLOWED] = "is not in allow",
                [ACCESS_NO_PROXY] = "is not in proxies",
        };

        return table[v];
}
