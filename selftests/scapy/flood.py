#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic both ways, for TIME= seconds (300), while a test changes what is under it.
Says "flowing" when the first packets have gone; a link that is gone ends it."""
import os
import time

from packet import A, C, C6, CP, P, TCP, UDP, make, tcp, tunnelled, udp
from relay import Surroundings

net = Surroundings()
net.netlink.sock.close()	# which would keep the relay's namespace alive
out = [tunnelled(C, A, make(C6, P, UDP, udp(1, 2, bytes(n)))) for n in range(0, 1000, 97)]
back = [make(P, CP, TCP, tcp(1, 2, bytes(n))) for n in range(0, 1000, 97)]
until = time.monotonic() + float(os.environ.get("TIME", 300))
said = False
while time.monotonic() < until:
	try:
		for packet in out:
			net.cust.send(packet)
		for packet in back:
			net.serv.send(packet)
	except OSError:
		break
	for port in net.ports:
		port.receive()
	if not said:
		print("flowing", flush=True)
		said = True
