# SPDX-License-Identifier: GPL-2.0
# Packages. Debian's need a Debian with what debian/control asks for; the RPM's
# source package needs rpmbuild. openwrt/ is for an OpenWrt tree.

.PHONY: deb srpm

deb:
	tools/packaging/deb $(BUILD)/deb

srpm:
	tools/packaging/srpm $(BUILD)/rpm
