# SPDX-License-Identifier: MIT
# bash completion for sockctl(1) and sockd(8)

__sockctl_listeners() {
    local sockd
    sockd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sockd) || return
    "$sockd" --print-config ${1:+--config "$1"} 2>/dev/null | sed -n '/^outputs/q; s/.*[ {]name = "\([^"]*\)".*/\1/p'
}

_sockctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' config='' word
    local global='-c --config -q --quiet --json -j --no-pager --no-legend -V --version -h --help'
    local send='-H --host -p --port -l --listener -t --tcp -u --udp -4 -6 --framing -n --no-reply -w --timeout'

    COMPREPLY=()
    # What stands before the word; OPTION: the one that still lacks its value. bash makes three words of --json=off.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $option:$word in
        *:=) continue ;;
        -c:* | --config:*) config=$word option='' ;;
        -*:*) option='' ;;
        :-c | :--config | :--json | :-H | :--host | :-p | :--port | :-l | :--listener | :--framing | :-w | :--timeout)
            option=$word
            ;;
        :-*) ;;
        # Behind the first word of a message there are no options.
        *) [[ -z $command ]] && command=$word || return ;;
        esac
    done
    [[ $cur != '=' ]] || cur=''

    case $option in
    -c | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    --json) mapfile -t COMPREPLY < <(compgen -W 'short pretty off' -- "$cur") ;;
    --framing) mapfile -t COMPREPLY < <(compgen -W 'line nul octet-counted eof' -- "$cur") ;;
    -l | --listener) mapfile -t COMPREPLY < <(compgen -W "$(__sockctl_listeners "$config")" -- "$cur") ;;
    -H | --host) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur") ;;
    '')
        if [[ $cur == -* ]]; then
            [[ $command == send ]] || send=''
            mapfile -t COMPREPLY < <(compgen -W "$global $send" -- "$cur")
        elif [[ -z $command ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'send' -- "$cur")
        fi
        ;;
    esac
}

_sockd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    case $prev in
    -c | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -W '-c --config -t --check -T --print-config -v --verbose -V --version -h --help' -- "$cur") ;;
    esac
}

complete -F _sockctl sockctl
complete -F _sockd sockd
