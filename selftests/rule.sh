#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules through the tool: add, replace, del, flush, batches, map (R4 to R7), and
# the counters of a rule and of the device (R75).
. "$(dirname "$0")/lib.sh"

need_pmt
topology
check "a device without rule" relay_up
adopt "$python" "$selftests/scapy/rule_cases.py" "$@"
end_tests
