# SPDX-License-Identifier: GPL-2.0
#
#   make                 module, tool and `ip link` plugin
#   make install         to where modprobe, the shell and `ip` look for them
#   make check           all tests, each kernel in a virtual machine
#   make demo            see a relay at work, in a virtual machine
#   make bench           what a packet costs, beside other ways to do it
#   make docs            Documentation as a site, in build/html; needs Sphinx
#   make deb             Debian packages, in build/deb
#   make srpm            an RPM's source package, in build/rpm
#
# KDIR= a kernel's build folder other than the running one's; DESTDIR= and
# PREFIX= (/usr/local) as everywhere.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local

.PHONY: all module module-install install docs clean

all: module tools plugin

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

install: module-install tools-install

# The kernel's own depmod step stays away where it finds no System.map, and
# Debian's kernel.release is not the name of the modules' folder.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h)

module-install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		INSTALL_MOD_DIR=updates modules_install
	depmod -a $(if $(DESTDIR),-b $(DESTDIR)) $(release)

docs:
	sphinx-build -W --keep-going -n -q -b html Documentation $(BUILD)/html

clean: tools-clean
	rm -rf $(BUILD)/html
	@if [ -d $(KDIR) ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi

include tools/tools.mk
include tools/lab/lab.mk
include tools/bench/bench.mk
include tools/fuzz/fuzz.mk
include tools/packaging/packaging.mk
