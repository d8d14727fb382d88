/* SPDX-License-Identifier: MIT */
/* Which socket goes to which listener, what is opened and what has to leave. */

#include "daemon/net/listener_plan.h"

#include "config/config.h"
#include "daemon/net/listener_open.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/socket.h"
#include "tests/unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#define LISTENERS_MAX 3

typedef struct Fixture {
        ListenerSet set;
        Config config;
        ConfigListener listeners[LISTENERS_MAX];
        char *errors;
        size_t errors_size;
        FILE *stream;
} Fixture;

static void begin(Fixture *f) {
        *f = (Fixture){ .config.listeners = f->listeners };
        f->stream = open_memstream(&f->errors, &f->errors_size);
        assert_non_null(f->stream);
}

static void end(Fixture *f) {
        listener_set_done(&f->set);
        for (size_t i = 0; i < f->config.n_listeners; i++)
                config_listener_done(&f->listeners[i]);
        (void)fclose(f->stream);
        free(f->errors);
}

/* Another listener in the config. */
static ConfigListener *want(Fixture *f, Protocol protocol, const char *name, const char *address,
                            uint16_t port) {
        ConfigListener *c = &f->listeners[f->config.n_listeners++];

        assert_int_equal(config_listener_defaults(protocol, port, LEVEL_WRITTEN, c), 0);
        free(c->name);
        c->name = strdup(name);
        free(c->address);
        c->address = strdup(address);
        return c;
}

static void forget_config(Fixture *f) {
        for (size_t i = 0; i < f->config.n_listeners; i++)
                config_listener_done(&f->listeners[i]);
        f->config.n_listeners = 0;
}

static Endpoint loopback(Protocol protocol) {
        return (Endpoint){
                .protocol = protocol,
                .address = { .family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK) },
        };
}

/* A socket at a free port, as it comes from the service manager. */
static ListenerSocket *pass(Fixture *f, Protocol protocol, const char *name, bool by_unit) {
        const SocketWish wish = { .port = SOCKET_PORT_OWN };
        Endpoint at = loopback(protocol);
        int fd = socket_open(&wish, &at);
        ListenerSocket *s;

        assert_true(fd >= 0);
        s = listener_socket_new(&at, fd, strdup(name));
        s->by_unit = by_unit;
        s->stored = true;
        s->next = f->set.loose;
        f->set.loose = s;
        f->set.by_unit = f->set.by_unit || by_unit;
        return s;
}

static int apply(Fixture *f) {
        ListenerPlan plan;
        int r = listener_plan_make(&f->set, &f->config, f->stream, &plan);

        if (r < 0)
                return r;
        r = listener_plan_open_late(&plan, f->stream);
        if (r < 0) {
                listener_plan_done(&plan);
                return r;
        }
        listener_plan_apply(&plan, &f->set);
        return 0;
}

/* The socket of listener "a" at 127.0.0.1, with a worker; the config is empty again. */
static ListenerSocket *serve(Fixture *f) {
        ListenerSocket *s;

        (void)want(f, PROTOCOL_TCP, "a", "127.0.0.1", 0);
        assert_int_equal(apply(f), 0);
        s = f->set.listeners[0]->sockets;
        s->served = true;
        forget_config(f);
        return s;
}

static const char *owner(const ListenerSocket *s) {
        return s->listener ? s->listener->config->name : "nobody";
}

static size_t count_sockets(const Listener *l) {
        size_t n = 0;

        for (const ListenerSocket *s = l->sockets; s; s = s->next)
                n += !s->leaving;
        return n;
}

/* A unit's socket goes by its name, then by its address; else it gets a listener of its own. */
static void test_by_unit(void **state _unused_) {
        ListenerSocket *named, *at, *other, *udp;
        Fixture f;

        begin(&f);
        named = pass(&f, PROTOCOL_TCP, "second", true);
        at = pass(&f, PROTOCOL_TCP, "some.socket", true);
        other = pass(&f, PROTOCOL_TCP, "some.socket", true);
        udp = pass(&f, PROTOCOL_UDP, "second", true);
        (void)want(&f, PROTOCOL_TCP, "first", "127.0.0.1", at->at.address.port);
        (void)want(&f, PROTOCOL_TCP, "second", "127.0.0.1", 1);
        assert_int_equal(apply(&f), 0);

        assert_string_equal(owner(named), "second");
        assert_string_equal(owner(at), "first");
        assert_int_equal(strncmp(owner(other), "tcp-", 4), 0);
        assert_int_equal(strncmp(owner(udp), "udp-", 4), 0);
        assert_int_equal(f.set.n_listeners, 4);
        assert_true(port_set_has(&f.set.udp_ports, udp->at.address.port));
        assert_false(port_set_has(&f.set.udp_ports, named->at.address.port) &&
                     named->at.address.port != udp->at.address.port);
        end(&f);
}

/* No UDP socket gets what others have joined. */
static void test_strange_groups(void **state _unused_) {
        ListenerSocket *sockets[2];
        Fixture f;

        begin(&f);
        sockets[0] = pass(&f, PROTOCOL_UDP, "x.socket", true);
        sockets[1] = pass(&f, PROTOCOL_UDP, "sockd-own-udp-x", false);
        for (size_t i = 0; i < ELEMENTSOF(sockets); i++) {
                const int on = 1;

                assert_int_equal(
                        setsockopt(sockets[i]->fd, IPPROTO_IP, IP_MULTICAST_ALL, &on, sizeof(on)),
                        0);
        }
        (void)want(&f, PROTOCOL_UDP, "a", "127.0.0.1", sockets[0]->at.address.port);
        (void)want(&f, PROTOCOL_UDP, "b", "127.0.0.1", sockets[1]->at.address.port);
        assert_int_equal(apply(&f), 0);
        for (size_t i = 0; i < ELEMENTSOF(sockets); i++) {
                int value = 1;
                socklen_t size = sizeof(value);

                assert_int_equal(
                        getsockopt(sockets[i]->fd, IPPROTO_IP, IP_MULTICAST_ALL, &value, &size), 0);
                assert_int_equal(value, 0);
        }
        end(&f);
}

/* A listener without its interface has no socket, and is planned again when that comes. */
static void test_interface(void **state _unused_) {
        const ListenerSocket *s;
        ConfigListener *c;
        Fixture f;

        begin(&f);
        for (unsigned i = 0; i < 3; i++) {
                c = want(&f, PROTOCOL_UDP, "a", "*", 0);
                free(c->interface);
                c->interface = strdup(i == 1 ? "lo" : "no-such-if");
                assert_int_equal(apply(&f), 0);
                assert_int_equal(f.set.n_listeners, 1);
                s = f.set.listeners[0]->sockets;
                if (i == 1) {
                        assert_non_null(s);
                        assert_int_equal(s->device, if_nametoindex("lo"));
                } else
                        assert_null(s);
                forget_config(&f);
        }
        end(&f);
}

/* Its name tells whether a stored socket has joined the same groups. */
static void test_stored_groups(void **state _unused_) {
        char group[] = "239.1.1.1%lo", other[] = "239.1.1.2%lo", name[FDSTORE_NAME_MAX];
        char *groups[] = { group };
        ListenerSocket *ours;
        ConfigListener *c;
        Fixture f;

        for (unsigned same = 0; same < 2; same++) {
                begin(&f);
                ours = pass(&f, PROTOCOL_UDP, "", false);
                c = want(&f, PROTOCOL_UDP, "a", "127.0.0.1", ours->at.address.port);
                assert_int_equal(config_strings_add(&c->groups, groups[0]), 0);
                listener_store_name(c, &ours->at, name);
                free(ours->name);
                ours->name = strdup(name);
                if (!same) {
                        config_strings_done(&c->groups);
                        assert_int_equal(config_strings_add(&c->groups, other), 0);
                }
                assert_int_equal(apply(&f), 0);
                assert_int_equal(f.set.listeners[0]->sockets == ours, same);
                end(&f);
        }
}

/* A stored socket of our own saves the binding; one that nobody wants is dropped. */
static void test_stored(void **state _unused_) {
        ListenerSocket *ours;
        uint16_t port;
        Fixture f;

        begin(&f);
        ours = pass(&f, PROTOCOL_TCP, "sockd-own-tcp-x", false);
        (void)pass(&f, PROTOCOL_TCP, "sockd-own-tcp-y", false);
        port = ours->at.address.port;
        (void)want(&f, PROTOCOL_TCP, "a", "127.0.0.1", port);
        assert_int_equal(apply(&f), 0);
        assert_string_equal(owner(ours), "a");
        assert_int_equal(count_sockets(f.set.listeners[0]), 1);
        assert_null(f.set.loose);
        end(&f);
}

/* Another name, the same address: the listener goes on as the same object, with its account. */
static void test_renamed(void **state _unused_) {
        const Listener *before;
        ListenerSocket *s;
        uint16_t port;
        Fixture f;

        begin(&f);
        (void)want(&f, PROTOCOL_TCP, "a", "127.0.0.1", 0);
        assert_int_equal(apply(&f), 0);
        before = f.set.listeners[0];
        s = before->sockets;
        port = s->at.address.port;
        assert_int_not_equal(port, 0);

        forget_config(&f);
        (void)want(&f, PROTOCOL_TCP, "b", "127.0.0.1", port);
        assert_int_equal(apply(&f), 0);
        assert_ptr_equal(f.set.listeners[0], before);
        assert_ptr_equal(before->sockets, s);
        assert_string_equal(owner(s), "b");
        end(&f);
}

/* A port that the kernel chose stays for as long as the listener is the same. */
static void test_port_zero(void **state _unused_) {
        ListenerSocket *s;
        Fixture f;

        begin(&f);
        (void)want(&f, PROTOCOL_UDP, "a", "127.0.0.1", 0);
        assert_int_equal(apply(&f), 0);
        s = f.set.listeners[0]->sockets;
        assert_int_equal(apply(&f), 0);
        assert_ptr_equal(f.set.listeners[0]->sockets, s);
        end(&f);
}

/* One address becomes every address of the same port: the served socket leaves, two others open. */
static void test_to_any(void **state _unused_) {
        ListenerSocket *s;
        uint16_t port;
        Fixture f;

        begin(&f);
        s = serve(&f);
        port = s->at.address.port;
        (void)want(&f, PROTOCOL_TCP, "a", "*", port);
        assert_int_equal(apply(&f), 0);
        assert_true(s->leaving);
        assert_true(s->replaced);
        assert_true(address_is_any(&f.set.listeners[0]->sockets->at.address));
        assert_int_equal(f.set.listeners[0]->sockets->at.address.port, port);
        end(&f);
}

/* The socket that left at the last reload has the address until its worker closes it, at the gate. */
static void test_back_again(void **state _unused_) {
        ListenerPlan plan;
        ListenerSocket *s;
        uint16_t port;
        Fixture f;

        begin(&f);
        s = serve(&f);
        port = s->at.address.port;
        (void)want(&f, PROTOCOL_TCP, "a", "127.0.0.2", port);
        assert_int_equal(apply(&f), 0);
        assert_true(s->replaced);
        forget_config(&f);
        (void)want(&f, PROTOCOL_TCP, "a", "127.0.0.1", port);
        assert_int_equal(listener_plan_make(&f.set, &f.config, f.stream, &plan), 0);
        /* Not closed yet, or another program could take the port. */
        socket_base_set_port(s->fd, SOCKET_PORT_SHARED);
        assert_int_equal(listener_plan_open_late(&plan, f.stream), 0);
        closep(&s->fd);
        listener_plan_apply(&plan, &f.set);
        assert_int_equal(f.set.listeners[0]->sockets->at.address.port, port);
        end(&f);
}

/* No listener has the port any more: it is free at once. */
static void test_removed(void **state _unused_) {
        ListenerSocket *s;
        Fixture f;

        begin(&f);
        s = serve(&f);
        (void)want(&f, PROTOCOL_TCP, "b", "127.0.0.1", 0);
        assert_int_equal(apply(&f), 0);
        assert_true(s->leaving);
        assert_false(s->replaced);
        end(&f);
}

/* What cannot be opened is said, and nothing changes. */
static void test_taken(void **state _unused_) {
        const SocketWish wish = { .port = SOCKET_PORT_OWN };
        Endpoint at = loopback(PROTOCOL_TCP);
        int fd = socket_open(&wish, &at);
        Fixture f;

        begin(&f);
        (void)want(&f, PROTOCOL_TCP, "a", "127.0.0.1", 0);
        assert_int_equal(apply(&f), 0);
        forget_config(&f);
        (void)want(&f, PROTOCOL_TCP, "b", "127.0.0.1", at.address.port);
        assert_int_equal(apply(&f), -EADDRINUSE);
        (void)fflush(f.stream);
        assert_non_null(strstr(f.errors, "listener b: cannot listen on 127.0.0.1:"));
        assert_string_equal(f.set.listeners[0]->config->name, "a");
        assert_false(f.set.listeners[0]->sockets->leaving);
        closep(&fd);
        end(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_unit),    cmocka_unit_test(test_strange_groups),
                cmocka_unit_test(test_interface),  cmocka_unit_test(test_stored_groups),
                cmocka_unit_test(test_stored),     cmocka_unit_test(test_renamed),
                cmocka_unit_test(test_port_zero),  cmocka_unit_test(test_to_any),
                cmocka_unit_test(test_back_again), cmocka_unit_test(test_removed),
                cmocka_unit_test(test_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
