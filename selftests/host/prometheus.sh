#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `pmt stats prometheus` prints, the alerts and the dashboard: promtool takes
# them, and they fit each other. A stand-in plays the module.
tree=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tree" || exit 1

# its own file comes with the test, the tool's main() must not be the program's
set -- tools/pmt/*.c
for file; do
	shift
	[ "$file" = tools/pmt/prometheus.c ] || set -- "$@" "$file"
done
"${CC:-cc}" -std=gnu11 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-Iinclude -Isrc -Itools/pmt -D_GNU_SOURCE -DPMT_VERSION='"test"' -Dmain=pmt_main -Dfopen=fuzz_fopen \
	-o "$tmp/prometheus" selftests/host/unit/prometheus.c tools/fuzz/common.c tools/fuzz/store.c "$@" \
	src/map.c -lmnl >&2 || {
	echo "Bail out! unit/prometheus.c does not build"
	exit 1
}
exec "${PYTHON:-/usr/bin/python3}" selftests/host/prometheus_test.py "$tmp/prometheus"
