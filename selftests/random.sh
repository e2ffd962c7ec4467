#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random packets, rules, policies and options against the independent model, both
# directions (R1 to R17, R21, R24 to R37, R39 to R46, R51 to R59, R63 to R67, R75).
# SEED=, COUNT= (packets a direction) and ROUNDS= (sets of rules) come from the
# environment.
. "$(dirname "$0")/lib.sh"

need_pmt
topology
ns_sysctl "$relay" net.ipv6.icmp.ratelimit=0
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/random_packets.py"
end_tests
