# SPDX-License-Identifier: GPL-2.0
# make bench [ROWS="decap encap"] [KERNELS="6.1 7.3"]: measure, print the table,
# write build/bench.json

.PHONY: bench

ROWS ?=
KERNELS ?=
bench: lab
	@tools/bench/run $(if $(KERNELS),--kernels "$(KERNELS)") $(ROWS)
