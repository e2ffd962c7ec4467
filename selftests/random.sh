#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random packets and rules against the independent model, both directions (R1 to
# R17, R24 to R27, R39 to R44, R63, R67, R75). SEED=, COUNT= (packets a direction)
# and ROUNDS= (sets of rules) come from the environment.
. "$(dirname "$0")/lib.sh"

need_pmt
topology
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/random_packets.py"
end_tests
