#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel booted with ipv6.disable=1: it has IPv6's functions, and no tables behind
# them, so a device there would end it at its first packet. None is made.
. "$(dirname "$0")/lib.sh"

need_pmt
[ "$(cat /sys/module/ipv6/parameters/disable 2>/dev/null)" = 1 ] || skip_all "not booted with ipv6.disable=1"
sentence="Error: IPv6 is disabled (ipv6.disable=1), a relay needs it."
is "ip is refused" "$(ip link add pmt0 type pmt 2>&1; echo $?)" "$sentence
2"
is "so is pmt" "$(pmt link add pmt0 provider 2001:db8::/32 2>&1; echo $?)" "$sentence
2"
is "and who has another namespace" \
	"$(unshare --net ip link add pmt0 type pmt 2>&1; echo $?)" "$sentence
2"
is "no device was made" "$(links_of_kind pmt)" ""
check "what asks goes on" pmt -j stats
check "the module goes" rmmod pmt
check "and comes" modprobe pmt
end_tests
