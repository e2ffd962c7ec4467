#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What pmt.rst and security.rst say of the tests is so.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/privilege_table.py"
