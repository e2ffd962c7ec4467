#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Truncated, oversized and senseless netlink messages change nothing.
. "$(dirname "$0")/lib.sh"

need_pmt
topology
check "a relay" relay_up provider 2001:db8::/32 ipv4 11.0.0.0/8
# shellcheck disable=SC2154 # topology sets the names
adopt within "$relay" "$python" "$selftests/scapy/netlink_cases.py"
end_tests
