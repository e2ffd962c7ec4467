#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ICMPv6 errors: passed on with what they quote, raised by the relay, made of
# ICMPv4 ones, and their rates (R6, R20, R33 to R37, R45, R48, R49, R55, R56, R58
# to R62). icmp.sh [PART...]: quotes truncated refused unmapped unmapped_quotes raised
# policies anycast too_big from_icmp4 rates
. "$(dirname "$0")/lib.sh"

need_pmt
topology
# What the stack itself raises is not what is measured here.
ns_sysctl "$relay" net.ipv6.icmp.ratelimit=0
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/icmp_cases.py" "$@"
end_tests
