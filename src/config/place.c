/* SPDX-License-Identifier: MIT */
/* The place of a libconfig setting in the file; see place.h. */
#include "config/place.h"

#include <libconfig.h>

/* Characters of a name that a key shows. */
#define NAME_SHOWN 64

/*
 * A number that ascends in the order of the file: 16 bits for each of four levels, below which no
 * key is known. The scanner rejects a file with more settings.
 */
static uint64_t order_within(const config_setting_t *setting) {
        const config_setting_t *above = config_setting_parent(setting);
        int shift = 48;

        while (above && config_setting_parent(above) && shift > 0) {
                above = config_setting_parent(above);
                shift -= 16;
        }
        return (uint64_t)(config_setting_index(setting) + 1) << shift;
}

ProblemPlace place_at(const config_setting_t *setting) {
        const config_setting_t *parent = config_setting_parent(setting);
        ProblemPlace place = { .line = 1 }; /* the root has no line of its own */
        ProblemPlace above;

        if (!parent)
                return place;

        above = place_at(parent);
        place.line = config_setting_source_line(setting);
        place.order = above.order + order_within(setting);
        if (config_setting_name(setting))
                (void)snprintf(place.key, sizeof(place.key), "%.80s%s%.*s", above.key,
                               *above.key ? "." : "", NAME_SHOWN, config_setting_name(setting));
        else
                (void)snprintf(place.key, sizeof(place.key), "%.80s[%d]", above.key,
                               config_setting_index(setting));
        return place;
}

ProblemPlace place_of(const config_setting_t *group, const char *name) {
        const config_setting_t *member = config_setting_get_member(group, name);
        ProblemPlace place, above;

        if (member)
                return place_at(member);

        above = place_at(group);
        place = (ProblemPlace){ .line = above.line, .order = above.order };
        (void)snprintf(place.key, sizeof(place.key), "%.80s%s%.*s", above.key,
                       *above.key ? "." : "", NAME_SHOWN, name);
        return place;
}
