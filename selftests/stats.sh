#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pmt stats watch, in lines, in JSON and on a terminal, while devices and the module
# come and go; pmt stats prometheus beside what the other commands show.
. "$(dirname "$0")/lib.sh"

need_pmt
topology
adopt "$python" "$selftests/scapy/stats_cases.py" "$@"
end_tests
