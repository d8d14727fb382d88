/* SPDX-License-Identifier: MIT */
/* The first step of every command. */

#include "ctl/command.h"

#include "ctl/print.h"

bool command_options(const OptionSet *set, void *target, Arguments *arguments, Global *global,
                     Status *ret_status) {
        OptionsResult r = options_parse(set, target, global, arguments);

        *ret_status = r == OPTIONS_BAD ? STATUS_USAGE : STATUS_OK;
        return r == OPTIONS_GO;
}

bool command_only_options(const OptionSet *set, void *target, Arguments arguments, Global *global,
                          Status *ret_status) {
        if (!command_options(set, target, &arguments, global, ret_status))
                return false;
        if (arguments.n == 0)
                return true;

        print_error("unexpected argument: %s (see \"sockctl%s --help\")", arguments.words[0],
                    set->command);
        *ret_status = STATUS_USAGE;
        return false;
}
