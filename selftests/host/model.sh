#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The model's own tests: needs neither root nor the module.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/model_test.py"
