#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Named packets, byte for byte, both directions (REQUIREMENTS R1 to R75).
# cases.sh [PART...]: mapping generalised receive_checks order checksums headers
# transmit_checks table
. "$(dirname "$0")/lib.sh"

need_pmt
topology
check "a relay in one line" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/cases.py" "$@"
end_tests
