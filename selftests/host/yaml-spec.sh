#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The netlink spec says what the header says. KSRC=: also valid by its schema.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/yaml_spec.py"
