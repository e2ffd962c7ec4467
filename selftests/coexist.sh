#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# R23: sit on the same machine, loaded before and after pmt, its fallback device up.
# shellcheck disable=SC2317 # functions that check calls
. "$(dirname "$0")/lib.sh"

need_pmt
modprobe sit || skip_all "no module sit"
cases() { adopt "$python" "$selftests/scapy/cases.py" "$@"; }
# shellcheck disable=SC2154 # topology sets the names
tunnel() {
	ip -n "$relay" tunnel add sit1 mode sit remote 12.152.44.1 local 8.0.0.2 ttl 64 &&
		ip -n "$relay" link set sit1 up &&
		ip -n "$relay" -6 route add 2600::/16 dev sit1
}

topology
check "a sit tunnel on another local" tunnel
check "a relay" relay_up provider 2001:db8::/32
cases beside_sit
check "sit's fallback device, which takes all that reaches it" ip -n "$relay" link set sit0 up
cases beside_sit
check "the relay goes" ip -n "$relay" link del pmt0
check "and comes" relay_up provider 2001:db8::/32
cases basic

check "pmt unloaded" modprobe -r pmt
check "sit unloaded" modprobe -r sit
check "pmt loaded first" modprobe pmt
check "sit loaded behind it" modprobe sit
check "a sit tunnel" tunnel
ip -n "$relay" link set sit0 up
check "a relay" relay_up provider 2001:db8::/32
cases beside_sit
check "sit unloaded under the relay" modprobe -r sit
cases basic
modprobe sit
end_tests
