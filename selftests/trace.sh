#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What watches the device without our tool: the tracepoint of drops, the kernel's own
# drop reasons, ethtool -i and -S.
. "$(dirname "$0")/lib.sh"

need_pmt
tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2>/dev/null
[ -d $tracing/events/pmt ] || skip_all "this kernel traces nothing"
topology
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/trace_cases.py" "$@"
end_tests
