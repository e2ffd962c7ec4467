#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Extension headers, fragments, odd protocols (R18, R21, R28 to R32, R38), and
# checksum neutral rules. headers.sh [PART...]: extensions pieces neutral
. "$(dirname "$0")/lib.sh"

need_pmt
topology
ns_sysctl "$relay" net.ipv6.icmp.ratelimit=0
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/header_cases.py" "$@"
end_tests
