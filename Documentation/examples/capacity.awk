# SPDX-License-Identifier: GPL-2.0
# How many processor cores and relays a network needs. See Documentation/capacity.rst.
#	awk -v gbit=100 -v bytes=1000 [-v NAME=VALUE]... -f capacity.awk
BEGIN {
	if (!in_ns) in_ns = 3481	# a packet to a customer, one core, nanoseconds
	if (!out_ns) out_ns = 2277	# a packet from a customer
	if (!acks) acks = 0.5		# packets from customers for each one to them
	if (!scaling) scaling = 0.88	# what a core still does when others work beside it
	if (!fill) fill = 0.6		# the share of a core that is planned for
	if (!cores) cores = 16		# of one relay

	packets = gbit * 1e9 / (bytes * 8)
	busy = packets * (in_ns + acks * out_ns) / 1e9 / scaling
	need = busy / fill
	relays = int(need / cores) + (need > int(need / cores) * cores)
	printf "%d bytes: %.2f million packets/s to customers, %.1f cores busy, %.1f planned: " \
		"relays of %d cores: %d + 1\n", bytes, packets / 1e6, busy, need, cores, relays
}
