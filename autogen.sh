#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ./configure. Needs autoconf, automake and pkgconf (for pkg.m4).
set -eu
cd "$(dirname "$0")"
exec autoreconf --force --install --warnings=all
