#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Documentation/: it is a site without a warning, and what its pages say of counters,
# pictures and commands is so. Without Sphinx it fails.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
make -s -C "$here/../.." -f tools/tools.mk tools BUILD="$tmp/build" >&2 || {
	echo "Bail out! the tool does not build"
	exit 1
}
PATH=$tmp/build/tools:$PATH "${PYTHON:-/usr/bin/python3}" "$here/docs_pages.py" "$tmp/html"
