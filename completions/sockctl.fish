# SPDX-License-Identifier: MIT
# fish completion for sockctl(1)

function __sockctl_listeners
    set -l words (commandline -opc)
    set -l config
    for i in (seq (count $words))
        switch $words[$i]
            case -c --config
                set -q words[(math $i + 1)]; and set config --config $words[(math $i + 1)]
            case '--config=*'
                set config --config (string replace -- --config= '' $words[$i])
        end
    end
    set -lx PATH $PATH /usr/sbin /usr/local/sbin
    sockd --print-config $config 2>/dev/null | sed -n '/^outputs/q; s/.*[ {]name = "\([^"]*\)".*/\1/p'
end

complete -c sockctl -f
complete -c sockctl -n 'not __fish_seen_subcommand_from send' -a send -d 'Send messages and print their receipts'
complete -c sockctl -s c -l config -r -F -d 'Read this configuration file'
complete -c sockctl -s q -l quiet -d 'Show no progress'
complete -c sockctl -l json -x -a 'short pretty off' -d 'JSON output'
complete -c sockctl -s j -d 'JSON output: pretty on a terminal, else short'
complete -c sockctl -l no-pager -d 'Never start a pager'
complete -c sockctl -l no-legend -d 'Print no headers and totals'
complete -c sockctl -s V -l version -d 'Print the version'
complete -c sockctl -s h -l help -d 'Print help'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s H -l host -x -a '(__fish_print_hostnames)' -d 'Where sockd runs'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s p -l port -x -d 'Its port'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s l -l listener -x -a '(__sockctl_listeners)' -d 'A listener of the configuration file'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s t -l tcp -d 'Over TCP'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s u -l udp -d 'Over UDP'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s 4 -d 'IPv4 only'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s 6 -d 'IPv6 only'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l framing -x -a 'line nul octet-counted eof' -d 'How messages are told apart'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s n -l no-reply -d 'Do not wait for receipts'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s w -l timeout -x -d 'Wait so long for each receipt'
