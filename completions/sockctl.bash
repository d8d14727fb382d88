# SPDX-License-Identifier: MIT
# bash completion for sockctl(1) and sockd(8)

__sockctl_listeners() {
    local sockd
    sockd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sockd) || return
    "$sockd" --print-config ${1:+--config "$1"} 2>/dev/null | sed -n '/^outputs/q; s/.*[ {]name = "\([^"]*\)".*/\1/p'
}

_sockctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' config=''
    local global='-c --config -q --quiet --json -j --no-pager --no-legend -V --version -h --help'
    local send='-H --host -p --port -l --listener -t --tcp -u --udp -4 -6 --framing -n --no-reply -w --timeout'
    local i

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        -c | --config) config=${COMP_WORDS[i + 1]} ;;
        send) command=send ;;
        esac
    done
    case $prev in
    -c | --config) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --json) mapfile -t COMPREPLY < <(compgen -W 'short pretty off' -- "$cur") && return ;;
    --framing) mapfile -t COMPREPLY < <(compgen -W 'line nul octet-counted eof' -- "$cur") && return ;;
    -l | --listener) mapfile -t COMPREPLY < <(compgen -W "$(__sockctl_listeners "$config")" -- "$cur") && return ;;
    -H | --host) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur") && return ;;
    -p | --port | -w | --timeout) return ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$global ${command:+$send}" -- "$cur")
    elif [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'send' -- "$cur")
    fi
}

_sockd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    case $prev in
    -c | --config) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -W '-c --config -t --check -T --print-config -v --verbose -V --version -h --help' -- "$cur") ;;
    esac
}

complete -F _sockctl sockctl
complete -F _sockd sockd
