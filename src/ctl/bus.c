/* SPDX-License-Identifier: MIT */
/*
 * Calls with a deadline; one table maps bus errors to an exit status and a message. The control
 * socket comes first: it always belongs to the service, and needs no bus.
 */

#include "ctl/bus.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/instance.h"
#include "ctl/print.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

typedef struct Explanation {
        const char *error; /* its name on the bus */
        Status status;
        const char *text; /* NULL: the message of the error itself */
} Explanation;

static const Explanation explanations[] = {
        { SD_BUS_ERROR_ACCESS_DENIED, STATUS_FAILED, "permission denied: only root may do that" },
        { SD_BUS_ERROR_INVALID_ARGS, STATUS_USAGE, NULL },
        { SD_BUS_ERROR_NO_REPLY, STATUS_NOT_RUNNING, "sockd exited before it answered" },
};

/* $SOCKD_CONTROL is not asked where an instance is named: it may belong to another one. */
static const char *control_path(const Instance *i) {
        const char *path = strcmp(i->bus_name, BUS_NAME) == 0 ? getenv("SOCKD_CONTROL") : NULL;

        return path && *path ? path : i->control;
}

/* A connection is described by the name that its calls go to. */
static const char *name_of(sd_bus *bus) {
        const char *name;

        return bus && sd_bus_get_description(bus, &name) >= 0 ? name : BUS_NAME;
}

/* Returns a connected descriptor or negative errno. */
static int connect_to_control(const char *path) {
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct sockaddr_un name = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        if (strlen(path) >= sizeof(name.sun_path))
                return -ENAMETOOLONG;

        (void)stpcpy(name.sun_path, path);
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int open_control(const Instance *i, sd_bus **ret) {
        _cleanup_close_ int fd = connect_to_control(control_path(i));
        _cleanup_bus_ sd_bus *bus = NULL;
        int r = fd < 0 ? fd : sd_bus_new(&bus);

        if (r >= 0)
                r = sd_bus_set_fd(bus, fd, fd);
        if (r < 0)
                return r;

        TAKE_FD(fd);
        r = sd_bus_set_description(bus, i->bus_name);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bus);
        return 0;
}

static Status cannot_open(const char *path, int control, int bus) {
        if (control == -EAGAIN) /* its queue is full */
                print_error("sockd does not answer");
        else if (control == -EPIPE || control == -ECONNRESET)
                print_error("sockd closed the connection");
        else if (control != -ENOENT && control != -ECONNREFUSED)
                print_error("cannot connect to %s: %s", path, strerrordesc_np(-control));
        else
                print_error("cannot connect to %s (%s), and the system bus cannot be reached: %s",
                            path, strerrordesc_np(-control), strerrordesc_np(-bus));
        return STATUS_NO_BUS;
}

static bool is_same_file(const char *a, const char *b) {
        struct stat x, y;

        if (strcmp(a, b) == 0)
                return true;
        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Whoever names a file must not reach the sockd of another one. */
static Status check_config(const Global *global, sd_bus *bus) {
        _cleanup_message_ sd_bus_message *call = NULL, *answer = NULL;
        Status status = bus_new_property_call(bus, "Get", "ConfigFile", &call);
        const char *file;
        int r;

        if (status == STATUS_OK)
                status = bus_call_message(bus, call, &answer);
        if (status != STATUS_OK)
                return status;

        r = sd_bus_message_read(answer, "v", "s", &file);
        if (r < 0)
                return bus_bad_answer(r);
        if (is_same_file(global->config, file))
                return STATUS_OK;

        print_error("--config: %s reads %s, not %s (--instance chooses another sockd)",
                    global->instance.service, file, global->config);
        return STATUS_USAGE;
}

Status bus_open(const Global *global, uint64_t timeout_usec, sd_bus **ret) {
        const Instance *i = &global->instance;
        _cleanup_bus_ sd_bus *bus = NULL;
        int control = open_control(i, &bus), r = control;
        Status status = STATUS_OK;

        if (r == -ENOENT || r == -ECONNREFUSED)
                r = sd_bus_open_system_with_description(&bus, i->bus_name);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, timeout_usec);
        if (r < 0)
                return cannot_open(control_path(i), control, r);

        if (global->config_given)
                status = check_config(global, bus);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(bus);
        return status;
}

/* Prints each line of TEXT as an error of its own. */
static void print_lines(const char *text) {
        while (*text) {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        print_error("%.*s", (int)n, text);
                text += n + (text[n] == '\n');
        }
}

/* No sockd is on the bus, nor at the socket; but is the directory of the socket there? */
static Status explain_absence(sd_bus *bus) {
        _cleanup_free_ char *directory = NULL;
        const char *path, *end;
        Instance i;

        instance_of_bus_name(&i, name_of(bus));
        path = control_path(&i);
        end = strrchr(path, '/');
        directory = end ? strndup(path, (size_t)(end - path)) : NULL;
        if (!directory || access(directory, F_OK) < 0) {
                print_error("%s is not running", i.service);
                return STATUS_NOT_RUNNING;
        }
        print_error("%s is running, but neither listens on %s nor is on the system bus "
                    "(see \"journalctl -u %s\")",
                    i.service, path, i.service);
        return STATUS_NO_BUS;
}

Status bus_explain(sd_bus *bus, const sd_bus_error *error) {
        const char *text = error->message && *error->message ? error->message : error->name;
        Status status = STATUS_FAILED;

        if (sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                   SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return explain_absence(bus);
        for (size_t i = 0; i < ELEMENTSOF(explanations); i++)
                if (sd_bus_error_has_name(error, explanations[i].error)) {
                        status = explanations[i].status;
                        text = explanations[i].text ? explanations[i].text : text;
                        break;
                }
        print_lines(text);
        return status;
}

/* The connection, not the call, has failed with ERROR, a negative errno. */
static Status connection_failed(sd_bus *bus, int error) {
        const char *peer = sd_bus_is_bus_client(bus) > 0 ? "the system bus" : "sockd";

        switch (-error) {
        case ENOMEM:
                print_error("out of memory");
                return STATUS_FAILED;
        case ETIMEDOUT:
                print_error("sockd does not answer");
                break;
        case ECONNREFUSED:
                print_error("%s does not answer", peer);
                break;
        case ECONNRESET:
        case ENOTCONN:
        case EPIPE:
                print_error("%s closed the connection", peer);
                break;
        case ENOBUFS: /* a limit of the bus */
                print_error("the system bus accepts no more connections");
                break;
        default:
                print_error("cannot talk to %s: %s", peer, strerrordesc_np(-error));
        }
        return STATUS_NO_BUS;
}

Status bus_bad_answer(int error) {
        print_error("cannot parse the answer of sockd: %s", strerrordesc_np(-error));
        return STATUS_FAILED;
}

static int new_call(sd_bus *bus, const char *interface, const char *method, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(bus, ret, name_of(bus), BUS_PATH, interface, method);

        return r < 0 ? r : sd_bus_message_set_auto_start(*ret, false);
}

Status bus_new_call(sd_bus *bus, const char *method, sd_bus_message **ret) {
        int r = new_call(bus, BUS_INTERFACE, method, ret);

        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

Status bus_new_property_call(sd_bus *bus, const char *method, const char *property,
                             sd_bus_message **ret) {
        int r = new_call(bus, "org.freedesktop.DBus.Properties", method, ret);

        if (r >= 0)
                r = sd_bus_message_append(*ret, "ss", BUS_INTERFACE, property);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        BusCall *c = userdata;

        (void)unused;
        c->answer = sd_bus_message_ref(m);
        return 1;
}

/* sd-bus starts its own timeout only once the bus has answered Hello, so the deadline is kept here. */
static uint64_t deadline_of(sd_bus *bus) {
        uint64_t timeout = 0;

        (void)sd_bus_get_method_call_timeout(bus, &timeout); /* bus_open() has set it */
        return clock_monotonic() + timeout;
}

static Status start(sd_bus *bus, sd_bus_message *m, BusCall *c) {
        int r = sd_bus_call_async(bus, &c->slot, m, on_answer, c, UINT64_MAX);

        return r < 0 ? connection_failed(bus, r) : STATUS_OK;
}

/* Returns 0 when the call is answered, or negative errno. */
static int wait_for_answer(sd_bus *bus, const BusCall *c, uint64_t deadline_usec) {
        while (!c->answer) {
                uint64_t now = clock_monotonic();
                int r = sd_bus_process(bus, NULL);

                if (r >= 0 && !c->answer && now >= deadline_usec)
                        return sd_bus_is_ready(bus) > 0 ? -ETIMEDOUT : -ECONNREFUSED;
                if (r == 0)
                        r = sd_bus_wait(bus, deadline_usec - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return sd_bus_is_open(bus) > 0 ? 0 : -ENOTCONN;
}

static Status finish(sd_bus *bus, const BusCall *c, uint64_t deadline_usec) {
        int r = wait_for_answer(bus, c, deadline_usec);
        const sd_bus_error *error = r < 0 ? NULL : sd_bus_message_get_error(c->answer);

        if (r < 0)
                return connection_failed(bus, r);
        return error ? bus_explain(bus, error) : STATUS_OK;
}

Status bus_call_message(sd_bus *bus, sd_bus_message *call, sd_bus_message **ret) {
        uint64_t deadline = deadline_of(bus);
        BusCall c = { 0 };
        Status status = start(bus, call, &c);

        if (status == STATUS_OK)
                status = finish(bus, &c, deadline);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(c.answer);
        bus_calls_done(&c, 1);
        return status;
}

Status bus_call(sd_bus *bus, const char *method, sd_bus_message **ret, const char *types, ...) {
        _cleanup_message_ sd_bus_message *call = NULL;
        Status status = bus_new_call(bus, method, &call);
        va_list args;
        int r;

        if (status != STATUS_OK)
                return status;

        va_start(args, types);
        r = sd_bus_message_appendv(call, types, args);
        va_end(args);
        return r < 0 ? bus_bad_answer(r) : bus_call_message(bus, call, ret);
}

Status bus_call_all(sd_bus *bus, BusCall calls[], size_t n) {
        uint64_t deadline = deadline_of(bus);
        Status status = STATUS_OK;

        for (size_t i = 0; i < n && status == STATUS_OK; i++) {
                _cleanup_message_ sd_bus_message *m = NULL;

                status = bus_new_call(bus, calls[i].method, &m);
                if (status == STATUS_OK)
                        status = start(bus, m, &calls[i]);
        }
        for (size_t i = 0; i < n && status == STATUS_OK; i++)
                status = finish(bus, &calls[i], deadline);
        return status;
}

void bus_calls_done(BusCall calls[], size_t n) {
        for (size_t i = 0; i < n; i++) {
                (void)sd_bus_slot_unref(calls[i].slot);
                (void)sd_bus_message_unref(calls[i].answer);
        }
}
