/* SPDX-License-Identifier: MIT */
/* sockctl send: from options to an exchange, and from its result to the exit status. */

#include "core/macro.h"
#include "core/receipt.h"
#include "core/transport.h"
#include "core/unit.h"
#include "ctl/command.h"
#include "ctl/exchange.h"
#include "ctl/print.h"
#include "ctl/send_options.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

DEFINE_CLEANUP(Input *, input_free)

/* The words joined by spaces; NULL: out of memory. */
static char *join(Arguments words) {
        size_t size = 1;
        char *text, *p;

        for (int i = 0; i < words.n; i++)
                size += strlen(words.words[i]) + 1;
        text = malloc(size);
        if (!text)
                return NULL;

        p = text;
        for (int i = 0; i < words.n; i++) {
                if (i > 0)
                        *p++ = ' ';
                p = stpcpy(p, words.words[i]);
        }
        return text;
}

static Input *open_input(Arguments words, const InputRules *rules) {
        _cleanup_free_ char *text = NULL;

        if (words.n == 0)
                return input_new_lines(STDIN_FILENO, rules);

        text = join(words);
        return text ? input_new_message(text, rules) : NULL;
}

static Status fail_no_memory(void) {
        print_error("%s", strerror(ENOMEM));
        return STATUS_FAILED;
}

/* Prints WHAT, and how many messages have no receipt. */
static void report_missing(const Exchange *x, const char *what) {
        uint64_t n = x->n_messages - MIN(x->n_receipts, x->n_messages);

        if (x->n_messages <= 1)
                print_error("%s", what);
        else if (x->destination->wants_receipts)
                print_error("%s (%" PRIu64 " of %" PRIu64 " messages have no receipt)", what, n,
                            x->n_messages);
        else
                print_error("%s (after %" PRIu64 " messages)", what, x->n_messages);
}

static Status report_end(const Exchange *x, const SendOptions *plan, ExchangeEnd end) {
        const char *where = x->destination->text, *why = x->problem;
        bool wants = x->destination->wants_receipts;
        char what[1024], within[UNIT_TEXT_MAX];

        if (!*why && x->error > 0)
                why = strerror(x->error);
        switch (end) {
        case EXCHANGE_DONE:
                return STATUS_OK;
        case EXCHANGE_CLOSED:
                (void)snprintf(what, sizeof(what), "%s closed the connection before %s%s%s", where,
                               wants ? "sending the receipt" : "reading everything",
                               *why ? ": " : "", why);
                report_missing(x, what);
                return STATUS_FAILED;
        case EXCHANGE_TIMED_OUT:
                unit_format_time(plan->timeout_usec, within);
                (void)snprintf(what, sizeof(what), "no %s from %s within %s%s",
                               wants ? "receipt" : "progress", where, within,
                               wants && !transport_has_connections(x->destination->protocol)
                                       ? "; has the listener a \"reply\"?"
                                       : "");
                report_missing(x, what);
                return STATUS_NO_RECEIPT;
        case EXCHANGE_NOT_CONNECTED:
                return STATUS_NOT_CONNECTED;
        case EXCHANGE_TOO_LONG:
                print_error("cannot send to %s: message %" PRIu64 " is too long for this socket%s",
                            where, x->n_messages + 1,
                            transport_has_path(x->destination->protocol)
                                    ? "; net.core.wmem_max is the limit"
                                    : "");
                return STATUS_FAILED;
        case EXCHANGE_FAILED:
                break;
        }
        print_error("cannot send to %s: %s", where, strerror(x->error));
        return STATUS_FAILED;
}

static Status report_problem(const Input *in) {
        print_error("%s", input_problem(in));
        return input_is_unreadable(in) ? STATUS_FAILED : STATUS_USAGE;
}

/* What is no failure, but leaves a message without a receipt that names it. */
static void report_short(const Exchange *x) {
        if (x->n_unanswered > 0 && x->n_messages == 1)
                print_error("sent, but a datagram of less than %d bytes gets no receipt",
                            RECEIPT_DATAGRAM_MIN);
        else if (x->n_unanswered > 0)
                print_error("%" PRIu64 " of %" PRIu64 " datagrams have less than %d bytes and get "
                            "no receipt",
                            x->n_unanswered, x->n_messages, RECEIPT_DATAGRAM_MIN);
        if (!x->destination->is_sockd || x->n_without_id == 0)
                return;

        if (x->n_messages == 1)
                print_error("the datagram is too short for a receipt with its ID");
        else
                print_error("%" PRIu64 " of %" PRIu64 " datagrams are too short for a receipt with "
                            "an ID",
                            x->n_without_id, x->n_messages);
}

/* If several things went wrong, the exit status is that of the first one here. */
static Status report(const Exchange *x, const SendOptions *plan, ExchangeEnd end) {
        Status status = report_end(x, plan, end);

        if (end == EXCHANGE_DONE)
                report_short(x);
        if (x->n_refused > 0 && x->n_messages == 1)
                print_error("%s refused the message", x->destination->text);
        else if (x->n_refused > 0)
                print_error("%s refused %" PRIu64 " of %" PRIu64 " messages", x->destination->text,
                            x->n_refused, x->n_messages);
        if (x->n_foreign > 0)
                print_error("%s answered %" PRIu64 " of %" PRIu64 " messages with something that "
                            "is no receipt of this listener; is it another server, or was the "
                            "config file changed without a reload?",
                            x->destination->text, x->n_foreign, x->n_messages);
        if (input_problem(x->input))
                return report_problem(x->input);
        if (status == STATUS_NOT_CONNECTED || (x->n_refused == 0 && x->n_foreign == 0))
                return status;
        return STATUS_FAILED;
}

static Status run(Arguments words, const SendOptions *plan, const Global *global) {
        _cleanup_(destination_done) Destination destination = { 0 };
        _cleanup_(input_freep) Input *input = NULL;
        Exchange x = { .destination = &destination, .timeout_usec = plan->timeout_usec };
        InputRules rules;
        ExchangeEnd end;
        int r;

        r = destination_find(&plan->wish, global->config, &destination);
        if (r < 0)
                return r == -ENOMEM ? fail_no_memory() : STATUS_USAGE;

        rules = exchange_rules(&destination);
        input = open_input(words, &rules);
        if (!input)
                return fail_no_memory();
        if (input_problem(input))
                return report_problem(input);

        x.input = input;
        progress_init(&x.progress, !global->quiet && words.n == 0, STDIN_FILENO);
        end = exchange_run(&x);
        progress_done(&x.progress);
        return report(&x, plan, end);
}

Status command_send(Arguments arguments, Global *global) {
        static const OptionSet set = {
                .command = " send",
                .usage = "[OPTION...] [MESSAGE...]",
                .summary = "Send MESSAGE, or without it each line of standard input.",
                .options = send_options,
                .n_options = SEND_OPTIONS_N,
                .take = send_options_take,
        };
        SendOptions plan = SEND_OPTIONS_NONE;
        Status status;

        if (!command_options(&set, &plan, &arguments, global, &status))
                return status;

        /* Messages are sent to the end even when standard output is closed. */
        (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */
        return run(arguments, &plan, global);
}
