# SPDX-License-Identifier: GPL-2.0
# The lab: what runs in test kernels, on a Debian 12 with nothing but git and make.

.PHONY: lab check demo vm-shell

lab:
	@tools/lab/setup

check: lab
	@tools/lab/check

demo: lab
	@tools/lab/build --kernel 6.1
	@tools/lab/vm --kernel 6.1 --timeout 300 -- tools/lab/demo

# A root shell in a guest with the module installed: make vm-shell KERNEL=7.3
KERNEL ?= 6.1
vm-shell: lab
	@tools/lab/build --kernel $(KERNEL)
	@tools/lab/vm --kernel $(KERNEL) --shell
