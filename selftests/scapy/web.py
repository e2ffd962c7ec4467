#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""web.py FOLDER GATE: a web server with IPv6 alone. GET /gated is FOLDER/file,
whose second half waits until the file GATE is there; PUT stores."""
import http.server
import os
import socket
import sys
import time

FOLDER, GATE = sys.argv[1:]


class Handler(http.server.SimpleHTTPRequestHandler):
	def do_GET(self):
		if self.path != "/gated":
			super().do_GET()
			return
		with open(os.path.join(FOLDER, "file"), "rb") as file:
			data = file.read()
		self.send_response(200)
		self.send_header("Content-Length", str(len(data)))
		self.end_headers()
		self.wfile.write(data[:len(data) // 2])
		self.wfile.flush()
		while not os.path.exists(GATE):
			time.sleep(0.02)
		self.wfile.write(data[len(data) // 2:])

	def do_PUT(self):
		if self.headers.get("Expect"):
			self.send_response_only(100)
			self.end_headers()
		data = self.rfile.read(int(self.headers["Content-Length"]))
		with open(os.path.join(FOLDER, os.path.basename(self.path)), "wb") as file:
			file.write(data)
		self.send_response(201)
		self.send_header("Content-Length", "0")
		self.end_headers()

	def log_message(self, *_):
		pass


class Server(http.server.ThreadingHTTPServer):
	address_family = socket.AF_INET6

	def handle_error(self, *_):
		"""Clients that give up are part of the tests."""


os.chdir(FOLDER)
Server(("::", 80), Handler).serve_forever()
