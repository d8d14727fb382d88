/* SPDX-License-Identifier: MIT */
/* sockctl send: from options to an exchange, and from its result to the exit status. */

#include "core/macro.h"
#include "core/receipt.h"
#include "core/unit.h"
#include "ctl/command.h"
#include "ctl/exchange.h"
#include "ctl/print.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_DEFAULT_USEC (5 * USEC_PER_SEC)
#define TIMEOUT_MAX_USEC (10 * 86400 * USEC_PER_SEC)
#define PORT_MAX 65535

DEFINE_CLEANUP(Input *, input_free)

typedef struct Plan {
        Wish wish;
        uint64_t timeout_usec;
} Plan;

enum {
        KEY_FRAMING = OPTION_KEY_LONG,
        KEY_DELIMITER,
        KEY_START,
        KEY_LENGTH_SIZE,
        KEY_LENGTH_ORDER,
};

static const Option options[] = {
        { 'H', "host", "NAME", "host to send to [127.0.0.1]" },
        { 'p', "port", "PORT", "port to send to [9191]" },
        { 'l', "listener", "NAME", "send to this listener of the configuration file" },
        { 't', "tcp", NULL, "send over TCP [default]" },
        { 'u', "udp", NULL, "send over UDP" },
        { '4', NULL, NULL, "use IPv4 only; -6: IPv6 only" },
        { '6', NULL, NULL, NULL },
        { KEY_FRAMING, "framing", "KIND", "how messages are separated, see sockctl(1) [line]" },
        { KEY_DELIMITER, "delimiter", "BYTES", "what ends a message; --start: what begins it" },
        { KEY_START, "start", "BYTES", NULL },
        { KEY_LENGTH_SIZE, "length-size", "N",
          "bytes of a length [4]; --length-order: big, little" },
        { KEY_LENGTH_ORDER, "length-order", "ORDER", NULL },
        { 'n', "no-reply", NULL, "do not wait for receipts" },
        { 'w', "timeout", "TIME", "timeout for connecting and each receipt [5s]" },
};

static int take_host(Wish *wish, const char *text) {
        if (*text == '\0') {
                print_error("--host: empty name");
                return -EINVAL;
        }
        wish->host = text;
        return 0;
}

static int take_port(Wish *wish, const char *text) {
        unsigned long port = strtoul(text, NULL, 10);

        if (text[strspn(text, "0123456789")] != '\0' || port < 1 || port > PORT_MAX) {
                print_error("--port: invalid port \"%s\" (expected 1 to %d)", text, PORT_MAX);
                return -EINVAL;
        }
        wish->port = (uint16_t)port;
        return 0;
}

static int take_protocol(Wish *wish, Protocol protocol) {
        if (wish->protocol != PROTOCOL_MAX_ && wish->protocol != protocol) {
                print_error("--tcp and --udp cannot be combined");
                return -EINVAL;
        }
        wish->protocol = protocol;
        return 0;
}

static int take_family(Wish *wish, int family) {
        if (wish->family != AF_UNSPEC && wish->family != family) {
                print_error("-4 and -6 cannot be combined");
                return -EINVAL;
        }
        wish->family = family;
        return 0;
}

static int take_framing(Wish *wish, const char *text) {
        const char *words[FRAMING_MAX_];
        size_t framing;
        int r;

        for (Framing f = 0; f < FRAMING_MAX_; f++)
                words[f] = framing_text(f);
        r = options_word("--framing", text, words, FRAMING_MAX_, &framing);
        if (r >= 0)
                wish->frame.framing = (uint8_t)framing;
        return r;
}

static int take_frame_text(const char *option, const char *text, char to[static FRAME_TEXT_MAX],
                           uint8_t *ret_size) {
        size_t n = strlen(text);

        if (n < 1 || n > FRAME_TEXT_MAX) {
                print_error("%s: must have 1 to %d bytes", option, FRAME_TEXT_MAX);
                return -EINVAL;
        }
        /* Bytes with a size. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(to, text, n);
        *ret_size = (uint8_t)n;
        return 0;
}

static int take_length_size(Wish *wish, const char *text) {
        if (strcmp(text, "1") != 0 && strcmp(text, "2") != 0 && strcmp(text, "4") != 0) {
                print_error("--length-size: must be 1, 2 or 4, not \"%s\"", text);
                return -EINVAL;
        }
        wish->frame.length_size = (uint8_t)(*text - '0');
        return 0;
}

static int take_length_order(Wish *wish, const char *text) {
        const char *words[BYTE_ORDER_MAX_];
        size_t order;
        int r;

        for (ByteOrder o = 0; o < BYTE_ORDER_MAX_; o++)
                words[o] = byte_order_text(o);
        r = options_word("--length-order", text, words, BYTE_ORDER_MAX_, &order);
        if (r >= 0)
                wish->frame.length_order = (uint8_t)order;
        return r;
}

static int take_option(void *target, int key, const char *argument) {
        Plan *plan = target;

        switch (key) {
        case 'H':
                return take_host(&plan->wish, argument);
        case 'p':
                return take_port(&plan->wish, argument);
        case 'l':
                plan->wish.listener = argument;
                return 0;
        case 't':
                return take_protocol(&plan->wish, PROTOCOL_TCP);
        case 'u':
                return take_protocol(&plan->wish, PROTOCOL_UDP);
        case '4':
                return take_family(&plan->wish, AF_INET);
        case '6':
                return take_family(&plan->wish, AF_INET6);
        case KEY_FRAMING:
                return take_framing(&plan->wish, argument);
        case KEY_DELIMITER:
                return take_frame_text("--delimiter", argument, plan->wish.frame.delimiter,
                                       &plan->wish.frame.delimiter_size);
        case KEY_START:
                return take_frame_text("--start", argument, plan->wish.frame.start,
                                       &plan->wish.frame.start_size);
        case KEY_LENGTH_SIZE:
                return take_length_size(&plan->wish, argument);
        case KEY_LENGTH_ORDER:
                return take_length_order(&plan->wish, argument);
        case 'n':
                plan->wish.no_reply = true;
                return 0;
        default: /* 'w' */
                return options_time("--timeout", argument, TIMEOUT_MAX_USEC, &plan->timeout_usec);
        }
}

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

static Status report_end(const Exchange *x, const Plan *plan, ExchangeEnd end) {
        const char *where = x->destination->text;
        bool wants = x->destination->wants_receipts;
        char what[1024], within[UNIT_TEXT_MAX];

        switch (end) {
        case EXCHANGE_DONE:
                return STATUS_OK;
        case EXCHANGE_CLOSED:
                (void)snprintf(what, sizeof(what), "%s closed the connection before %s%s%s", where,
                               wants ? "sending the receipt" : "reading everything",
                               x->error > 0 ? ": " : "", x->error > 0 ? strerror(x->error) : "");
                report_missing(x, what);
                return STATUS_FAILED;
        case EXCHANGE_TIMED_OUT:
                unit_format_time(plan->timeout_usec, within);
                (void)snprintf(what, sizeof(what), "no %s from %s within %s%s",
                               wants ? "receipt" : "progress", where, within,
                               wants && x->destination->protocol == PROTOCOL_UDP
                                       ? "; has the listener a \"reply\"?"
                                       : "");
                report_missing(x, what);
                return STATUS_NO_RECEIPT;
        case EXCHANGE_NOT_CONNECTED:
                return STATUS_NOT_CONNECTED;
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
static Status report(const Exchange *x, const Plan *plan, ExchangeEnd end) {
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

static Status run(Arguments words, const Plan *plan, const Global *global) {
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
                .options = options,
                .n_options = ELEMENTSOF(options),
                .take = take_option,
        };
        Plan plan = {
                .wish = { .protocol = PROTOCOL_MAX_, .frame = WISH_NO_FRAME },
                .timeout_usec = TIMEOUT_DEFAULT_USEC,
        };
        Status status;

        if (!command_options(&set, &plan, &arguments, global, &status))
                return status;

        /* Messages are sent to the end even when standard output is closed. */
        (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */
        return run(arguments, &plan, global);
}
