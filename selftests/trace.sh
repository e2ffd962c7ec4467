#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What watches the device without our tool: the tracepoint of drops, the kernel's own
# drop reasons, ethtool -i and -S.
. "$(dirname "$0")/lib.sh"

need_pmt
tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2>/dev/null
topology
check "a relay" relay_up provider 2001:db8::/32
# user-mode Linux traces nothing
[ $# != 0 ] || [ -d $tracing/events/pmt ] || set -- ethtool
adopt "$python" "$selftests/scapy/trace_cases.py" "$@"
end_tests
