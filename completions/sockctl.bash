# SPDX-License-Identifier: MIT
# bash completion for sockctl(1) and sockd(8)

__sockctl_instances() {
    compgen -G '/etc/sockd/*.conf' | sed 's|.*/||; s|\.conf$||'
}

# $1: the config file, $2: the instance.
__sockctl_listeners() {
    local sockd
    sockd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sockd) || return
    "$sockd" --print-config ${1:+--config "$1"} ${2:+--instance "$2"} 2>/dev/null | sed -n '/^outputs/q; s/.*[ {]name = "\([^"]*\)".*/\1/p'
}

# The options of each command, in addition to the global ones.
declare -gA __sockctl_options=(
    [status]='' [listeners]='' [connections]='' [outputs]='' [disconnect]='' [reload]='' [reopen]=''
    [log-level]='' [metrics]='' [help]='' [version]=''
    [top]='-d --interval'
    [peers]='-n --lines --sort'
    [log]='-f --follow -n --lines --since --until --peer --name --listener --id --receipts --source -o --output -D --directory'
    [send]='-H --host -p --port -l --listener -t --tcp -u --udp -U --unix --datagram --seqpacket --raw --ip-protocol --vsock --tls --ca --tls-name --fingerprint --cert --key -4 -6 --framing --delimiter --start --length-size --length-order -n --no-reply -w --timeout'
)

# Options that take a value. $1: the command, $2: the option.
__sockctl_has_value() {
    case $1:$2 in
    *:-c | *:--config | *:-i | *:--instance | *:--json) ;;
    send:-U | send:--unix | send:--ip-protocol | send:--vsock) ;;
    send:--ca | send:--tls-name | send:--fingerprint | send:--cert | send:--key) ;;
    send:-H | send:--host | send:-p | send:--port | send:-l | send:--listener | send:--framing | send:--delimiter | send:--start | send:--length-size | send:--length-order | send:-w | send:--timeout) ;;
    top:-d | top:--interval) ;;
    peers:-n | peers:--lines | peers:--sort) ;;
    log:-n | log:--lines | log:--since | log:--until | log:--peer | log:--name | log:--listener | log:--id) ;;
    log:--receipts | log:--source) ;;
    log:-o | log:--output | log:-D | log:--directory) ;;
    *) return 1 ;;
    esac
}

# Possible values of an option. $1: the command, $2: the option, $3: the config file, $4: the value so far,
# $5: the instance.
__sockctl_values() {
    case $1:$2 in
    *:-c | *:--config) compgen -f -- "$4" ;;
    *:-i | *:--instance) compgen -W "$(__sockctl_instances)" -- "$4" ;;
    log:-D | log:--directory) compgen -d -- "$4" ;;
    log:--receipts) compgen -f -- "$4" ;;
    log:--source) compgen -W 'files journal' -- "$4"; compgen -f -- "$4" ;;
    *:--json) compgen -W 'short pretty off' -- "$4" ;;
    *:--framing) compgen -W 'line nul octet-counted eof syslog delimiter length' -- "$4" ;;
    send:-U | send:--unix | send:--ca | send:--cert | send:--key) compgen -f -- "$4" ;;
    send:--vsock) compgen -W 'local host' -- "$4" ;;
    send:--length-size) compgen -W '1 2 4' -- "$4" ;;
    send:--length-order) compgen -W 'big little' -- "$4" ;;
    *:-l | *:--listener) compgen -W "$(__sockctl_listeners "$3" "$5")" -- "$4" ;;
    *:-H | *:--host | send:--tls-name) compgen -A hostname -- "$4" ;;
    peers:--sort) compgen -W 'received bytes refused last_seen' -- "$4" ;;
    log:-o | log:--output) compgen -W 'short json cat' -- "$4" ;;
    esac
}

# Arguments of a command. $1: the command, $2: the argument so far, $3: the instance.
__sockctl_words() {
    case $1 in
    log-level) compgen -W 'error warning info debug' -- "$2" ;;
    disconnect)
        compgen -W "$(sockctl connections ${3:+--instance "$3"} --no-legend --no-pager 2>/dev/null | sed 's/^ *\([0-9]*\).*/\1/')" -- "$2"
        ;;
    esac
}

_sockctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' config='' instance='' word
    local global='-c --config -i --instance -q --quiet --json -j --no-pager --no-legend -V --version -h --help'

    COMPREPLY=()
    # The words before the cursor. OPTION still needs its value; bash splits --json=off into three words.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -n $option ]]; then
            [[ $word != '=' ]] || continue
            [[ $option != -c && $option != --config ]] || config=$word
            [[ $option != -i && $option != --instance ]] || instance=$word
            option=''
        elif [[ $word == -* ]]; then
            ! __sockctl_has_value "$command" "$word" || option=$word
        elif [[ -z $command ]]; then
            command=$word
        elif [[ $command == send ]]; then
            # There are no options after the first word of a message.
            return
        fi
    done
    [[ $cur != '=' ]] || cur=''

    if [[ -n $option ]]; then
        mapfile -t COMPREPLY < <(__sockctl_values "$command" "$option" "$config" "$cur" "$instance")
        case $option in
        -c | --config | -D | --directory | -U | --unix | --ca | --cert | --key) compopt -o filenames ;;
        esac
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$global ${command:+${__sockctl_options[$command]-}}" -- "$cur")
    elif [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${!__sockctl_options[*]}" -- "$cur")
    else
        mapfile -t COMPREPLY < <(__sockctl_words "$command" "$cur" "$instance")
    fi
}

_sockd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    case $prev in
    -c | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    -i | --instance) mapfile -t COMPREPLY < <(compgen -W "$(__sockctl_instances)" -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -W '-c --config -i --instance -t --check -T --print-config -v --verbose -V --version -h --help' -- "$cur") ;;
    esac
}

complete -F _sockctl sockctl
complete -F _sockd sockd
