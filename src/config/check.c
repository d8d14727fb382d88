/* SPDX-License-Identifier: MIT */
/* The rules that take more than one key; see check.h. */
#include "config/check.h"

#include <errno.h>
#include <libconfig.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "config/check_address.h"
#include "config/check_endpoint.h"
#include "config/check_file.h"
#include "config/check_impl.h"
#include "config/check_key.h"
#include "config/check_output.h"
#include "config/check_tls.h"
#include "config/config.h"
#include "config/config_route.h"
#include "config/prefix_list.h"
#include "config/setting.h"
#include "core/receipt.h"
#include "core/transport.h"
#include "core/unit.h"

#define WORKERS_DEFAULT_MAX 16

/* --- listeners -------------------------------------------------------------------------------- */

static void check_listener_name(const Check *check, size_t i) {
        const ConfigListener *l = &check->config->listeners[i];

        if (!l->name || !check_name(check, l->name))
                return;

        for (size_t j = 0; j < i; j++) {
                const char *other = check->config->listeners[j].name;

                if (other && strcmp(l->name, other) == 0) {
                        check_name_taken(check, l->name, "listeners", j);
                        return;
                }
        }
}

static void check_delimiter(const Check *check, const ConfigListener *l) {
        const char *delimiter = l->delimiter ? l->delimiter : "", *start = l->start ? l->start : "";

        if (!is_set(check, "delimiter"))
                complain(check, "delimiter", "missing, required for framing \"delimiter\"");
        else if (!*delimiter || strlen(delimiter) > FRAME_TEXT_MAX)
                complain(check, "delimiter", "must have 1 to %d bytes", FRAME_TEXT_MAX);
        else if (strstr(start, delimiter))
                complain(check, "start", "contains the delimiter");
        if (strlen(start) > FRAME_TEXT_MAX)
                complain(check, "start", "must have up to %d bytes", FRAME_TEXT_MAX);
}

static void check_framing(const Check *check, const ConfigListener *l) {
        if (protocol_is_known(l->protocol) && !transport_has_framing(l->protocol))
                return;
        if (l->framing == FRAMING_DELIMITER)
                check_delimiter(check, l);
        if (l->framing == FRAMING_LENGTH && l->length_size == 3)
                complain(check, "length_size", "must be 1, 2 or 4, not 3");
}

static void check_reply(const Check *check, const ConfigListener *l) {
        const char *error;

        if (!l->reply || (protocol_is_known(l->protocol) && !transport_has_receipts(l->protocol)))
                return;

        error = receipt_template_error(l->reply,
                                       protocol_is_known(l->protocol) ? l->protocol : PROTOCOL_TCP);
        if (error)
                complain(check, "reply", "%s", error);
}

static void check_prefixes(const Check *check, const char *name, const ConfigListener *l) {
        const config_setting_t *list = config_setting_get_member(check->group, name);

        for (int i = 0; list && i < config_setting_length(list); i++) {
                const config_setting_t *item = config_setting_get_elem(list, (unsigned)i);
                ProblemPlace place = place_at(item);

                if (config_setting_type(item) == CONFIG_TYPE_STRING)
                        prefix_list_check(config_setting_get_string(item), l->protocol, &place,
                                          check->problems);
        }
}

static bool is_port_wrong(const Check *check, const ConfigListener *l) {
        const config_setting_t *port = config_setting_get_member(check->group, "port");

        return port && config_setting_get_int64(port) != l->port;
}

static void check_listener(const Check *check, ConfigListener *l) {
        l->receive_buffer_set = is_set(check, "receive_buffer");

        check_applies(check, SETTING_LISTENER, l);
        check_address(check, l);
        check_endpoint(check, l);
        check_framing(check, l);
        check_reply(check, l);
        check_prefixes(check, "allow", l);
        check_prefixes(check, "deny", l);
        check_prefixes(check, "proxies", l);
        check_tls(check, l);
        check_listener_outputs(check, l);

        if (!protocol_is_known(l->protocol)) {
                if (!is_set(check, "protocol"))
                        complain(check, "protocol",
                                 "missing, must be \"tcp\", \"udp\", \"raw\", \"unix-stream\", "
                                 "\"unix-datagram\", \"unix-seqpacket\" or \"vsock\"");
                return; /* most defaults depend on it */
        }
        if (!l->name && (is_set(check, "name") || is_port_wrong(check, l)))
                return; /* there is no default name then: one error is enough */
        if (check_complete_listener(l, config_can_be_durable(check->config, l) ? LEVEL_DURABLE
                                                                               : LEVEL_WRITTEN) < 0)
                check->problems->out_of_memory = true;
}

/* Sets the field to a copy of TEXT unless it is set. */
static int complete_text(char **field, const char *text) {
        if (!*field)
                *field = strdup(text);
        return *field ? 0 : -ENOMEM;
}

static void format_name(const ConfigListener *l, char ret[static CHECK_NAME_MAX + 1]) {
        const char *word = protocol_text(l->protocol);

        if (transport_has_path(l->protocol))
                (void)snprintf(ret, CHECK_NAME_MAX + 1, "%s", word);
        else
                (void)snprintf(ret, CHECK_NAME_MAX + 1, "%s-%u", word,
                               transport_has_ports(l->protocol) ? l->port : l->ip_protocol);
}

int check_complete_listener(ConfigListener *l, Level acknowledge) {
        const Transport *t = transport_of(l->protocol);
        char own_name[CHECK_NAME_MAX + 1];

        format_name(l, own_name);
        if (complete_text(&l->name, own_name) < 0 ||
            complete_text(&l->address, SOCKD_ADDRESS_DEFAULT) < 0 ||
            complete_text(&l->interface, "") < 0 ||
            complete_text(&l->mode, SOCKD_MODE_DEFAULT) < 0 ||
            complete_text(&l->reply, t->reply ? t->reply : "") < 0)
                return -ENOMEM;
        if (l->framing == FRAMING_DELIMITER && complete_text(&l->start, "") < 0)
                return -ENOMEM;

        if (l->acknowledge == LEVEL_MAX_)
                l->acknowledge = acknowledge;
        if (l->receive_buffer == 0)
                l->receive_buffer = t->receive_buffer;
        return 0;
}

/* --- the rest --------------------------------------------------------------------------------- */

static unsigned default_workers(void) {
        cpu_set_t set;
        int n = 1;

        /* Fails only where there are more CPUs than the set has room for. */
        if (sched_getaffinity(0, sizeof(set), &set) < 0)
                return WORKERS_DEFAULT_MAX;

        n = CPU_COUNT(&set) / 2;
        return (unsigned)MIN(MAX(n, 1), WORKERS_DEFAULT_MAX);
}

static void check_limits(const Check *top) {
        const ConfigLimits *limits = &top->config->limits;
        char size[UNIT_TEXT_MAX], memory[UNIT_TEXT_MAX];
        Check check = *top;

        check.group = config_setting_get_member(top->group, "limits");
        if (!check.group || limits->message_size <= limits->memory / 4)
                return;

        unit_format_size(limits->message_size, size);
        unit_format_size(limits->memory, memory);
        complain(&check, "message_size", "%s is more than a quarter of limits.memory, which is %s",
                 size, memory);
}

static void check_outputs(const Check *top, Config *c) {
        const config_setting_t *outputs = config_setting_get_member(top->group, "outputs");
        Check check = *top;

        if (check_output_complete(c) < 0)
                check.problems->out_of_memory = true;
        for (size_t i = 0; i < c->n_outputs; i++) {
                check.group = config_setting_get_elem(outputs, (unsigned)i);
                if (config_setting_is_group(check.group))
                        check_output(&check, &c->outputs[i]);
        }
}

/* What depends on all of it. */
static void check_all(const Check *top, Config *c) {
        const config_setting_t *outputs = config_setting_get_member(top->group, "outputs");
        Check check = *top;

        for (size_t i = 0; i < c->n_outputs && top->problems->n == 0; i++) {
                check.group = config_setting_get_elem(outputs, (unsigned)i);
                check_output_files(&check, i);
        }
        if (top->problems->n == 0 && config_routes_make(c) < 0)
                top->problems->out_of_memory = true;
}

void check_config(Config *c, const config_setting_t *root, const char *path,
                  ProblemList *problems) {
        Check check = { .config = c, .group = root, .problems = problems, .path = path };
        const config_setting_t *listeners = config_setting_get_member(root, "listeners");

        if (!listeners)
                complain(&check, "listeners", "missing, at least one is required");
        if (!config_setting_get_member(root, "outputs"))
                complain(&check, "outputs", "missing, at least one is required");
        check_limits(&check);
        if (c->workers == 0)
                c->workers = default_workers();

        check_outputs(&check, c);
        for (size_t i = 0; i < c->n_listeners; i++) {
                check.group = config_setting_get_elem(listeners, (unsigned)i);
                if (!config_setting_is_group(check.group))
                        continue;
                check_listener(&check, &c->listeners[i]);
                check_listener_name(&check, i);
                if (protocol_is_known(c->listeners[i].protocol))
                        check_endpoint_overlap(&check, i);
        }
        check.group = root;
        check_all(&check, c);
}
