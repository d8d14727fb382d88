# SPDX-License-Identifier: MIT
# fish completion for sockd(8)

complete -c sockd -f
complete -c sockd -s c -l config -r -F -d 'Read this config file'
complete -c sockd -s i -l instance -x -a '(set -l files /etc/sockd/*.conf; string replace -r ".*/(.*)\.conf\$" "\$1" -- $files)' -d 'Be the instance of this name'
complete -c sockd -s t -l check -d 'Check the config file and exit'
complete -c sockd -s T -l print-config -d 'Print the effective settings and exit'
complete -c sockd -s v -l verbose -d 'Log at level "debug"'
complete -c sockd -s V -l version -d 'Print the version and exit'
complete -c sockd -s h -l help -d 'Print help and exit'
