#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Policy and ordinary 6to4, the outer header, hairpin, loops, health (R7, R15, R23,
# R42 to R44, R46, R50 to R54, R64 to R68, R72). tunnel.sh [PART...]: untranslated
# policies strangers opt_out beside_sit marks dont_fragment hairpin loops nested next_hops
# broadcasts health
. "$(dirname "$0")/lib.sh"

need_pmt
topology
modprobe -qa sit ip6_tunnel dummy
ns_sysctl "$relay" net.ipv6.icmp.ratelimit=0
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/tunnel_cases.py" "$@"
end_tests
