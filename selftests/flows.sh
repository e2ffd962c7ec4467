#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How much each customer sent and got: NetFlow of softflowd, joined by pmt map, in the
# very file that recipes.rst shows. For the lab's user-mode Linux, which has softflowd and
# nfdump in its toolbox:
#	tools/lab/vm --kernel uml --toolbox -- selftests/flows.sh
. "$(dirname "$0")/lib.sh"

need_pmt
for tool in softflowd softflowctl nfcapd nfdump; do
	command -v $tool >/dev/null || skip_all "no $tool: the lab has it in its toolbox, for user-mode Linux"
done
customer_flows=$(readlink -f "$selftests/../Documentation/examples/customer-flows")
[ -e "$customer_flows" ] || skip_all "no Documentation/examples: not in the source tree"

topology
check "a relay" relay_up provider 2001:db8::/32

mkdir -p /run/softflowd/chroot
queue_is_empty() { [ "$(within "$relay" ss -Hlun 'sport = :9995' | awk '{ print $2 }')" = 0 ]; }
control() { softflowctl -c "$scratch/control" "$@"; }
# softflowd hears of packets when a block of the kernel's ring is full: what comes behind
# pushes the customers' packets to it, in order.
others_are_seen() {
	"$python" "$selftests/scapy/flow_cases.py" others
	control dump-flows | grep -F '2001:db8:7f00:1::2'
}
join() { within "$relay" "$customer_flows" "$files" "$@" 2>&1 | sort; }

# An IPv6 packet's bytes are its header's 40 and all behind it.
want="12.152.44.1 sent 803 1024174 got 20 2960
8.0.0.1 sent 5 240 got 11 616"

# shellcheck disable=SC2154 # topology sets the names
for dev in inet pmt0; do
	files=$scratch/files.$dev
	mkdir "$files"
	nsenter --net="/run/netns/$relay" nfcapd -b 127.0.0.1 -p 9995 -w "$files" -t 3600 \
		>"$scratch/collector" 2>&1 &
	collector=$!
	# -d: user-mode Linux 7.3 has bad pages after a fork of who has mapped such a ring.
	nsenter --net="/run/netns/$relay" softflowd -d -i $dev -v 9 -n 127.0.0.1:9995 \
		-c "$scratch/control" -p "$scratch/pid" ip6 >"$scratch/exporter" 2>&1 &
	exporter=$!
	jobs=("$collector" "$exporter")
	check "$dev: nfcapd listens" busywait 10 queue_is_empty
	check "$dev: softflowd runs" busywait 10 control statistics

	adopt "$python" "$selftests/scapy/flow_cases.py" traffic
	check "$dev: what came behind is seen, and so all before it" busywait 30 others_are_seen
	check "$dev: flows are exported" control expire-all
	check "$dev: softflowd is told to end" control shutdown
	wait "$exporter"
	check "$dev: the collector has read all" busywait 10 queue_is_empty
	kill "$collector"
	wait "$collector"
	jobs=()

	is "$dev: each customer's packets and bytes" "$(join 2001:db8::/32 dev pmt0)" "$want"
	p save >"$scratch/rules"
	is "$dev: the same by the rules in a file" "$(join 2001:db8::/32 file "$scratch/rules")" "$want"
	is "$dev: nobody has a prefix that saw no flow" "$(join 2001:db9::/32 dev pmt0)" ""
done
[ "$failed" = 0 ] || sed 's/^/# /' "$scratch/collector" "$scratch/exporter"
end_tests
