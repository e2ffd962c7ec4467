#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every allocation fails once: of each request, of each packet, of the module's
# start. Where there are more than 64, each STRIDE-th (7; all with STRIDE=1). Wants a
# kernel with CONFIG_FAILSLAB and CONFIG_FAIL_PAGE_ALLOC, which distributions do not
# have; the lab's debug kernel does.
. "$(dirname "$0")/lib.sh"

need_pmt
# What an allocation of pages has to say of its failure, and what the kernel's tracing
# says when a field of a module's tracepoint got no memory
# shellcheck disable=SC2034 # lib.sh reads it
log_expected='Call Trace|WARNING: kernel/trace/trace_events\.c:.* at event_define_fields'
debug=/sys/kernel/debug
[ -e /proc/self/fail-nth ] && [ -d $debug/failslab ] && [ -d $debug/fail_page_alloc ] ||
	skip_all "this kernel has no fault injection"
for kind in failslab fail_page_alloc; do
	echo N >$debug/$kind/ignore-gfp-wait && echo 0 >$debug/$kind/verbose || exit 1
done
echo N >$debug/fail_page_alloc/ignore-gfp-highmem && echo 0 >$debug/fail_page_alloc/min-order || exit 1

ns_new relay
# shellcheck disable=SC2154 # ns_new sets it
ns_sysctl "$relay" net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
	net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
	net.ipv6.conf.default.accept_dad=0 net.ipv6.icmp.ratelimit=0
ip -n "$relay" -batch - <<-EOB || exit 1
	link set lo up
	addr add 192.88.99.1/32 dev lo
	tuntap add acc mode tun
	tuntap add inet mode tun
	link set acc up
	link set inet up mtu 1400
	route add default dev acc
EOB
ip -n "$relay" -6 -batch - <<-EOB || exit 1
	addr add 3fff:0:1::1/64 dev inet nodad
	route add default dev inet
EOB
adopt within "$relay" "$python" "$selftests/scapy/fault_cases.py" "$@"
end_tests
