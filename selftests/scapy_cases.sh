#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The worked packets once more, built and checked by scapy: what the relay makes
# of them is compared with scapy's own idea of the packet, checksums and all.
. "$(dirname "$0")/lib.sh"

need_pmt
"$python" -c 'import scapy' 2>/dev/null || skip_all "no scapy"
topology
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/scapy_cases.py"
end_tests
