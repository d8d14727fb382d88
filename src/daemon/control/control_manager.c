/* SPDX-License-Identifier: MIT */
/* Without SD_BUS_VTABLE_UNPRIVILEGED, sd-bus lets only root and our own user call a method. */

#include "daemon/control/control_manager.h"

#include "config/setting.h"
#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/control/control_impl.h"
#include "daemon/control/control_report.h"
#include "daemon/control/status.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

static const Setting *log_level_setting(void) {
        return setting_find(SETTING_TOP, "log_level");
}

static int get_version(sd_bus *bus _unused_, const char *path _unused_,
                       const char *interface _unused_, const char *property _unused_,
                       sd_bus_message *reply, void *userdata _unused_,
                       sd_bus_error *error _unused_) {
        return sd_bus_message_append(reply, "s", PACKAGE_VERSION);
}

/* NULL: out of memory, or the working directory is gone. */
static char *make_absolute(const char *path) {
        _cleanup_free_ char *directory = NULL;
        char *file;

        if (*path == '/')
                return strdup(path);

        directory = getcwd(NULL, 0);
        return directory && asprintf(&file, "%s/%s", directory, path) >= 0 ? file : NULL;
}

/* So that sockctl can tell whether it means the same file. */
static int get_config_file(sd_bus *bus _unused_, const char *path _unused_,
                           const char *interface _unused_, const char *property _unused_,
                           sd_bus_message *reply, void *userdata, sd_bus_error *error _unused_) {
        const Control *c = userdata;
        _cleanup_free_ char *file = make_absolute(c->status->config_path);

        return file ? sd_bus_message_append(reply, "s", file) : -ENOMEM;
}

static int get_state(sd_bus *bus _unused_, const char *path _unused_,
                     const char *interface _unused_, const char *property _unused_,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error _unused_) {
        const Control *c = userdata;

        return sd_bus_message_append(reply, "s", control_report_state(c->status));
}

static int get_log_level(sd_bus *bus _unused_, const char *path _unused_,
                         const char *interface _unused_, const char *property _unused_,
                         sd_bus_message *reply, void *userdata _unused_,
                         sd_bus_error *error _unused_) {
        return sd_bus_message_append(reply, "s", log_level_setting()->word((unsigned)log_level()));
}

static int set_log_level(sd_bus *bus _unused_, const char *path _unused_,
                         const char *interface _unused_, const char *property _unused_,
                         sd_bus_message *value, void *userdata _unused_, sd_bus_error *error) {
        const Setting *setting = log_level_setting();
        const char *wanted;
        int r = sd_bus_message_read(value, "s", &wanted);

        if (r < 0)
                return r;

        for (unsigned level = (unsigned)setting->min; level <= setting->max; level++)
                if (setting->word(level) && strcmp(setting->word(level), wanted) == 0) {
                        log_info("log level set to \"%s\"", wanted);
                        log_change_level((int)level);
                        return 0;
                }
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                                "invalid log level (expected error, warning, info or debug)");
}

static int get_status(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_STATUS);
}

static int list_listeners(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_LISTENERS);
}

static int list_outputs(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_OUTPUTS);
}

static int list_peers(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_PEERS);
}

static int list_connections(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_CONNECTIONS);
}

static int disconnect(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;

        return control_calls_add(&c->calls, call, CONTROL_DISCONNECT);
}

/* Queued before the reload starts, because that may end at once. */
static int reload(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Control *c = userdata;
        int r;

        if (c->status->stopping)
                return sd_bus_error_set(error, BUS_ERROR_STOPPING, "stopping");

        r = control_wait_add(&c->reloads, call, c->actions->next_reload(c->userdata));
        if (r >= 0)
                c->actions->reload(c->userdata);
        return r;
}

static int reopen(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Control *c = userdata;

        if (c->status->stopping)
                return sd_bus_error_set(error, BUS_ERROR_STOPPING, "stopping");

        return control_wait_add(&c->reopens, call, c->actions->reopen(c->userdata));
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("ConfigFile", "s", get_config_file, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, 0),
        SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_log_level, set_log_level, 0, 0),
        SD_BUS_METHOD_WITH_ARGS("GetStatus", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", status),
                                get_status, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListListeners", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", listeners),
                                list_listeners, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListOutputs", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", outputs),
                                list_outputs, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListConnections", SD_BUS_ARGS("t", after, "u", max),
                                SD_BUS_RESULT("aa{sv}", connections), list_connections,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListPeers", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", peers),
                                list_peers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Disconnect", SD_BUS_ARGS("at", connections),
                                SD_BUS_RESULT("at", unknown), disconnect, 0),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, reload, 0),
        SD_BUS_METHOD_WITH_ARGS("Reopen", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, reopen, 0),
        SD_BUS_VTABLE_END,
};

int control_manager_add(sd_bus *bus, Control *c) {
        return sd_bus_add_object_vtable(bus, NULL, BUS_PATH, BUS_INTERFACE, vtable, c);
}
