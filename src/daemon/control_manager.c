/* SPDX-License-Identifier: MIT */
/*
 * Properties and methods. What changes something has no SD_BUS_VTABLE_UNPRIVILEGED: sd-bus then lets
 * only root and our own user call it.
 */

#include "daemon/control_manager.h"

#include "config/setting.h"
#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/committer.h"
#include "daemon/control_report.h"
#include "daemon/control_streams.h"
#include "daemon/reload.h"
#include "daemon/server.h"
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

static int get_state(sd_bus *bus _unused_, const char *path _unused_,
                     const char *interface _unused_, const char *property _unused_,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error _unused_) {
        return sd_bus_message_append(reply, "s", control_report_state(userdata));
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
                        log_info("log level is now \"%s\", as " BUS_NAME " was told", wanted);
                        log_change_level((int)level);
                        return 0;
                }
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                                "the log level is none of error, warning, info, debug");
}

/* An answer that FILL appends. */
static int answer(sd_bus_message *call, const Server *s,
                  int (*fill)(const Server *s, sd_bus_message *m)) {
        sd_bus_message *m = NULL;
        int r = sd_bus_message_new_method_return(call, &m);

        if (r >= 0)
                r = fill(s, m);
        if (r >= 0)
                r = sd_bus_send(NULL, m, NULL);
        (void)sd_bus_message_unref(m);
        return r;
}

static int get_status(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return answer(call, userdata, control_report_status);
}

static int list_listeners(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return answer(call, userdata, control_report_listeners);
}

static int list_outputs(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return answer(call, userdata, control_report_outputs);
}

static int list_peers(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return answer(call, userdata, control_report_peers);
}

static int list_connections(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return control_streams_list(userdata, call);
}

static int disconnect(sd_bus_message *call, void *userdata, sd_bus_error *error _unused_) {
        return control_streams_disconnect(userdata, call);
}

/* The call waits before the reload begins: that may end at once. */
static int reload(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Server *s = userdata;
        int r;

        if (s->stopping)
                return sd_bus_error_set(error, BUS_ERROR_STOPPING, "stopping");

        r = control_wait_add(&s->control.reloads, call, reload_next(s));
        if (r < 0)
                return r;

        (void)committer_reopen(s->committer);
        reload_start(s);
        return 1;
}

static int reopen(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Server *s = userdata;

        if (s->stopping)
                return sd_bus_error_set(error, BUS_ERROR_STOPPING, "stopping");

        return control_wait_add(&s->control.reopens, call, committer_reopen(s->committer));
}

const sd_bus_vtable control_manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
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
