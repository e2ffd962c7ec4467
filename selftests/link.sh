#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The device through `ip link` and `pmt link`: options, defaults, refusals (R4,
# R46, R47), several devices.
. "$(dirname "$0")/lib.sh"

need_pmt
ns_new box
# shellcheck disable=SC2154 # ns_new sets the name
ip -n "$box" link add name eth0 type veth peer name eth1
printf 'link set %s up\n' lo eth0 eth1 | ip -n "$box" -batch -
export BOX=$box
adopt "$python" "$selftests/scapy/link_cases.py" "$@"
end_tests
