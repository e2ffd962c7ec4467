#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `pmt -j` prints without the module fits Documentation/json/pmt.schema.json.
# selftests/json.sh does the same for what needs a device.
tree=$(cd "$(dirname "$0")/../.." && pwd)
make -s -C "$tree" -f tools/tools.mk tools >&2 || {
	echo "Bail out! the tool does not build"
	exit 1
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export PYTHONDONTWRITEBYTECODE=1
pmt=$tree/build/tools/pmt

cat >"$tmp/rules" <<-'END'
	rule add dev pmt0 provider 2001:db8::/32
	rule add dev pmt0 provider 2001:db9::/40 ipv4 100.64.0.0/10 subnet 0-3 csum neutral
	policy add dev pmt0 8.0.0.0/8 drop
	policy add dev pmt0 9.0.0.0/8 untranslated
END
mkdir "$tmp/json"
n=0
map() {	# STATUS ARGS...
	n=$((n + 1))
	wanted=$1
	shift
	"$pmt" -j map "$@" >"$tmp/json/map.$n"
	status=$?
	[ $status = "$wanted" ] || echo "not ok map $* ends with $wanted, not $status"
}
map 0 12.152.44.1 2002:c98:2c01::5 2001:db8:c98:2c01::5 100.64.0.1 2002:6440:1:3::1 9.1.2.3 file "$tmp/rules"
map 3 8.0.0.1 127.0.0.1 2002:c98:2c01:5::1 3fff::80 2001:db9:0:ff::1 file "$tmp/rules"
map 3 10.0.0.1 provider 2001:db8::/32
"$pmt" -j stats explain >"$tmp/json/stats-explain"
"$pmt" -j -V >"$tmp/json/version"
"$pmt" -j -p -V >"$tmp/json/version.2"
PYTHONPATH=$tree/selftests/scapy "${PYTHON:-/usr/bin/python3}" "$tree/selftests/scapy/json_schema.py" \
	"$tree/Documentation/json/pmt.schema.json" "$tmp"/json/*
