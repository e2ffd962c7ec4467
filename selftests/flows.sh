#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The recipe of flows by customer (recipes.rst): softflowd on pmt0, nfcapd, and the
# script that joins customers to it. Wants softflowd, nfdump and jq.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
for program in softflowd softflowctl nfcapd nfdump jq; do
	command -v $program >/dev/null || skip_all "no $program"
done
topology
check "a relay" relay_up provider 2001:db8::/32
p save >"$scratch/rules"

mkdir "$scratch/flows"
within "$relay" nfcapd -w "$scratch/flows" -b 127.0.0.1 -p 9995 -t 3600 >"$scratch/said" 2>&1 &
collector=$!
within "$relay" softflowd -d -i pmt0 -v 9 -n 127.0.0.1:9995 -c "$scratch/control" -p "$scratch/pid" >>"$scratch/said" 2>&1 &
exporter=$!
jobs+=("$collector" "$exporter")
listens() { within "$relay" ss -Hlnu 'sport = 9995' | grep -q . && [ -S "$scratch/control" ]; }
check "exporter and collector run" busywait 30 listens
sees() { softflowctl -c "$scratch/control" statistics | grep -q "Packets processed: $1$"; }

adopt "$python" "$selftests/scapy/flow_cases.py"
check "the exporter has seen them" busywait 30 sees 12
kill -TERM "$exporter"
wait "$exporter"
kill -TERM "$collector"
wait "$collector"
file=$(find "$scratch/flows" -name 'nfcapd.*' | head -n 1)
# 60 bytes of IPv6 packet each: 5 and 1 of two hosts of the first, 2 of the other
is "bytes by customer, the most first" \
	"$("$selftests/../Documentation/examples/flows.sh" "$file" "$scratch/rules")" "360 12.152.44.1
120 8.0.0.1"
end_tests
