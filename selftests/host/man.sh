#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The man pages are sound, and say what the tool says. Needs mandoc.
tree=$(cd "$(dirname "$0")/../.." && pwd)
make -s -C "$tree" -f tools/tools.mk tools plugin >&2 || {
	echo "Bail out! the tool does not build"
	exit 1
}
# The examples run where they change nothing
[ "$(id -u)" = 0 ] && root='' || root=--map-root-user
# shellcheck disable=SC2086 # a word, or none
exec unshare $root --net "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/man_pages.py"
