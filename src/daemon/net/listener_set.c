/* SPDX-License-Identifier: MIT */
/* The set itself; listener_plan.c changes it. */

#include "daemon/net/listener_set.h"

#include "core/macro.h"
#include "core/receipt.h"
#include "daemon/net/listener_open.h"
#include "daemon/net/listener_socket.h"
#include "daemon/systemd/activation.h"
#include <errno.h>
#include <string.h>

/* The service manager keeps what is stored, and its file; it removes that when sockd has stopped. */
static void unlink_sockets(const Listener *l) {
        for (const ListenerSocket *s = l->sockets; s; s = s->next)
                if (!s->stored && !s->leaving)
                        listener_unlink(s);
}

static void free_listeners(Listener **listeners, size_t n) {
        for (size_t i = 0; i < n; i++) {
                unlink_sockets(listeners[i]);
                (void)listener_free(listeners[i]);
        }
        free(listeners);
}

void listener_set_done(ListenerSet *set) {
        free_listeners(set->listeners, set->n_listeners);
        free_listeners(set->former, set->n_former);
        while (set->loose) {
                ListenerSocket *s = set->loose;

                set->loose = s->next;
                (void)listener_socket_free(s);
        }
        for (size_t i = 0; i < set->n_receipts; i++)
                (void)receipt_free(set->receipts[i]);
        free(set->receipts);
        *set = (ListenerSet){ 0 };
}

int listener_set_add_passed(ListenerSet *set, Activation *a) {
        set->by_unit = a->by_unit;
        for (size_t i = 0; i < a->n_sockets; i++) {
                ActivationSocket *p = &a->sockets[i];
                ListenerSocket *s = listener_socket_new(&p->at, p->fd, p->name);

                if (!s)
                        return -ENOMEM;

                (void)TAKE_FD(p->fd);
                (void)TAKE_PTR(p->name);
                s->by_unit = !p->own;
                s->stored = true;
                s->next = set->loose;
                set->loose = s;
        }
        return 0;
}

int listener_set_get_receipt(ListenerSet *set, const char *text, Level level, const Receipt **ret) {
        Receipt *fresh = NULL, **receipts;
        int r;

        for (size_t i = 0; i < set->n_receipts; i++)
                if (receipt_is(set->receipts[i], text, level)) {
                        *ret = set->receipts[i];
                        return 0;
                }

        receipts = reallocarray(set->receipts, set->n_receipts + 1, sizeof(Receipt *));
        if (!receipts)
                return -ENOMEM;

        set->receipts = receipts;
        r = receipt_new(text, level, &fresh);
        if (r < 0)
                return r;

        if (fresh)
                set->receipts[set->n_receipts++] = fresh;
        *ret = fresh;
        return 0;
}

static void add_accounts(StatsAccount *sum, Listener *const *listeners, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const StatsAccount a = stats_read(&listeners[i]->stats);

                stats_sum(sum, &a);
        }
}

StatsAccount listener_set_totals(const ListenerSet *set) {
        StatsAccount sum = set->past;

        add_accounts(&sum, set->listeners, set->n_listeners);
        add_accounts(&sum, set->former, set->n_former);
        return sum;
}

void listener_set_log_account(const ListenerSet *set) {
        for (size_t i = 0; i < set->n_former; i++)
                listener_log_account(set->former[i]);
        for (size_t i = 0; i < set->n_listeners; i++)
                listener_log_account(set->listeners[i]);
}

static void sweep_sockets(Listener *l) {
        for (ListenerSocket **p = &l->sockets; *p;) {
                ListenerSocket *s = *p;

                if (!listener_socket_is_unused(s)) {
                        p = &s->next;
                        continue;
                }
                *p = s->next;
                (void)listener_socket_free(s);
        }
}

void listener_set_sweep(ListenerSet *set) {
        size_t n = 0;

        for (size_t i = 0; i < set->n_listeners; i++)
                sweep_sockets(set->listeners[i]);
        for (size_t i = 0; i < set->n_former; i++) {
                Listener *l = set->former[i];

                sweep_sockets(l);
                if (l->sockets || stats_read(&l->stats).waiting > 0) {
                        set->former[n++] = l;
                        continue;
                }
                add_accounts(&set->past, &l, 1);
                listener_log_account(l);
                (void)listener_free(l);
        }
        set->n_former = n;
}
