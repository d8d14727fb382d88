# SPDX-License-Identifier: MIT
# fish completion for sockctl(1)

function __sockctl_instances
    set -l files /etc/sockd/*.conf
    string replace -r '.*/(.*)\.conf$' '$1' -- $files
end

# The values of the option with this letter and this name on the command line.
function __sockctl_given
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case -$argv[1] --$argv[2]
                set -q words[(math $i + 1)]; and printf '%s\n' --$argv[2] $words[(math $i + 1)]
            case "--$argv[2]=*"
                printf '%s\n' --$argv[2] (string replace -- --$argv[2]= '' $words[$i])
        end
    end
end

function __sockctl_listeners
    set -lx PATH $PATH /usr/sbin /usr/local/sbin
    sockd --print-config (__sockctl_given c config) (__sockctl_given i instance) 2>/dev/null | sed -n '/^outputs/q; s/.*[ {]name = "\([^"]*\)".*/\1/p'
end

function __sockctl_connections
    sockctl connections (__sockctl_given i instance) --no-legend --no-pager 2>/dev/null | string replace -r '^ *(\d+) +\S+ +(\S+).*' '$1\t$2'
end

set -l commands status listeners connections outputs peers top log send disconnect reload reopen log-level metrics help version

complete -c sockctl -f
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'Show the state of sockd on one screen'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a listeners -d 'Show listeners and what became of their messages'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a connections -d 'Show open connections'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a outputs -d 'Show outputs and their state'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a peers -d 'Show the busiest peers and when they last sent'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a top -d 'Show rates and problems on a live screen'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a log -d 'Show recorded messages, prove receipts'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a send -d 'Send messages and print their receipts'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a disconnect -d 'Close connections'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a reload -d 'Reload the configuration file'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a reopen -d 'Reopen output files'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a log-level -d 'Show or set the log level of sockd'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a metrics -d 'Print the counters as Prometheus text'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a help -d 'Print help'
complete -c sockctl -n "not __fish_seen_subcommand_from $commands" -a version -d 'Print the version'
complete -c sockctl -s c -l config -r -F -d 'Read this configuration file'
complete -c sockctl -s i -l instance -x -a '(__sockctl_instances)' -d 'Reach the sockd of this name'
complete -c sockctl -s q -l quiet -d 'Show no progress'
complete -c sockctl -l json -x -a 'short pretty off' -d 'JSON output'
complete -c sockctl -s j -d 'JSON output: pretty on a terminal, otherwise short'
complete -c sockctl -l no-pager -d 'Never start a pager'
complete -c sockctl -l no-legend -d 'Omit headers and totals'
complete -c sockctl -s V -l version -d 'Print the version'
complete -c sockctl -s h -l help -d 'Print help'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s H -l host -x -a '(__fish_print_hostnames)' -d 'Host to send to'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s p -l port -x -d 'Port to send to'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s l -l listener -x -a '(__sockctl_listeners)' -d 'Listener in the configuration file'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s t -l tcp -d 'Over TCP'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s u -l udp -d 'Over UDP'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s U -l unix -r -F -d 'Unix socket to send to'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l datagram -d 'To a Unix socket of datagrams'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l seqpacket -d 'To a Unix socket of packets'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l raw -d 'Send IP packets'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l ip-protocol -x -d 'Protocol of IP packets'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l vsock -x -a 'local host' -d 'Virtual machine to send to'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l tls -d 'Encrypt the connection'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l ca -r -F -d 'Authorities to trust'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l tls-name -x -a '(__fish_print_hostnames)' -d 'What the certificate of the server is made out to'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l fingerprint -x -d 'Trust only this certificate'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l cert -r -F -d 'Own certificate'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l key -r -F -d 'Private key of the own certificate'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s 4 -d 'IPv4 only'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s 6 -d 'IPv6 only'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l framing -x -a 'line nul octet-counted eof syslog delimiter length' -d 'How messages are separated'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l delimiter -x -d 'What ends a message'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l start -x -d 'What begins a message'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l length-size -x -a '1 2 4' -d 'Bytes of the length'
complete -c sockctl -n '__fish_seen_subcommand_from send' -l length-order -x -a 'big little' -d 'Which byte of the length comes first'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s n -l no-reply -d 'Do not wait for receipts'
complete -c sockctl -n '__fish_seen_subcommand_from send' -s w -l timeout -x -d 'How long to wait for each receipt'
complete -c sockctl -n '__fish_seen_subcommand_from top' -s d -l interval -x -d 'Time between two looks'
complete -c sockctl -n '__fish_seen_subcommand_from peers' -s n -l lines -x -d 'Show only the first ones'
complete -c sockctl -n '__fish_seen_subcommand_from peers' -l sort -x -a 'received bytes refused last_seen' -d 'What to sort by'
complete -c sockctl -n '__fish_seen_subcommand_from log' -s f -l follow -d 'Keep printing new messages as they arrive'
complete -c sockctl -n '__fish_seen_subcommand_from log' -s n -l lines -x -d 'Only the last ones'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l since -x -d 'Only messages from this time on'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l until -x -d 'Only messages up to this time'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l peer -x -d 'Only from this address or prefix'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l name -x -d 'Only from the peer with this name in its certificate'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l listener -x -a '(__sockctl_listeners)' -d 'Only from this listener'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l id -x -d 'Only the message with this ID'
complete -c sockctl -n '__fish_seen_subcommand_from log' -s o -l output -x -a 'short json cat' -d 'Output format'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l receipts -r -F -d 'Tell which of these receipts have no record'
complete -c sockctl -n '__fish_seen_subcommand_from log' -l source -r -F -a 'files journal' -d 'Where to read'
complete -c sockctl -n '__fish_seen_subcommand_from log' -s D -l directory -x -a '(__fish_complete_directories)' -d 'Read the journal in this directory'
complete -c sockctl -n '__fish_seen_subcommand_from disconnect' -a '(__sockctl_connections)'
complete -c sockctl -n '__fish_seen_subcommand_from log-level' -a 'error warning info debug'
