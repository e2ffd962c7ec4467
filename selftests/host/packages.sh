#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The packages, of a copy of the tree with another version: they build, the same bytes each
# time, lintian has nothing to say, they hold what `make tools-install` installs, and all
# that has a version has that of the file VERSION. The RPM's and OpenWrt's as far as they
# go here. tools/lab/installed installs the packages. Needs root, Debian's tools, KDIR.
tree=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
version=9.8.7-rc.1 theirs=9.8.7~rc.1	# packages write it so, or it would come after 9.8.7
export SOURCE_DATE_EPOCH=1700000000

n=0 failed=0
is() {	# NAME GOT WANT
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "got:  $2" "want: $3" | tail -n 40 | sed 's/^/# /'
		failed=1
	fi
}

# does NAME COMMAND...: what it says counts when it fails
does() {
	local said status=0
	said=$("${@:2}" 2>&1) || status=$?
	[ $status != 0 ] || said=''
	is "$1" "$status $said" "0 "
}

contents() { dpkg-deb --fsys-tarfile "$1" | tar -tf - | sed -n 's,^\./\(.*[^/]\)$,\1,p' | sort; }

"$tree/tools/packaging/sources" "$tmp/tree" || { echo "Bail out! no copy of the tree"; exit 1; }
cd "$tmp/tree" || exit 1
echo $version >VERSION

# ---- Debian
# What debian/control asks for is in the toolbox, all but build-essential's C++
build_debs() { tools/packaging/deb "$1" --no-check-builddeps; }
does "make deb's script builds packages" build_debs "$tmp/debs"
does "and once more" build_debs "$tmp/again"
is "the same bytes" "$(diff -r "$tmp/debs" "$tmp/again" 2>&1)" ""
is "three packages" "$(cd "$tmp/debs" && printf '%s ' *)" \
	"pmt-dkms_${theirs}_all.deb pmt-doc_${theirs}_all.deb pmt-tools_${theirs}_$(dpkg --print-architecture).deb "
is "lintian has neither errors nor warnings" "$(lintian --allow-root "$tmp"/debs/*.deb 2>&1)" ""
is "the tree stays clean" "$(ls -d debian 2>&1)" "ls: cannot access 'debian': No such file or directory"
for deb in "$tmp"/debs/*.deb; do
	package=$(basename "${deb%%_*}")
	dpkg-deb -x "$deb" "$tmp/$package"
	is "$package: version" "$(dpkg-deb -f "$deb" Version)" $theirs
	is "$package: modes" "$(dpkg-deb --fsys-tarfile "$deb" | tar -tvf - |
		grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root ')" ""
done
# The multiarch name, as Debian's ip has it in its search path
arch=$(gcc -print-multiarch)
make -s tools-install DESTDIR="$tmp/installed" PREFIX=/usr IP_LIB_DIR="/usr/lib/$arch/ip" >&2
is "pmt-tools: all that make tools-install installs" \
	"$(contents "$tmp"/debs/pmt-tools_*.deb | grep -vE '^usr/share/doc/pmt-tools/(changelog.gz|copyright)$')" \
	"$(cd "$tmp/installed" && find . -type f | sed 's,^\./,,; s,\(/man/.*\),\1.gz,' | sort)"
is "pmt-tools: the tool, the plugin, pmt-quick, its unit, where they are looked for" \
	"$(cd "$tmp/pmt-tools" && stat -c '%a %n' usr/bin/pmt usr/bin/pmt-quick "usr/lib/$arch/ip/link_pmt.so" \
		usr/lib/systemd/system/pmt-quick@.service etc/pmt)" "755 usr/bin/pmt
755 usr/bin/pmt-quick
644 usr/lib/$arch/ip/link_pmt.so
644 usr/lib/systemd/system/pmt-quick@.service
755 etc/pmt"
is "pmt-tools: every manual, compressed" "$(ls "$tmp/pmt-tools/usr/share/man/man8")" \
	"$(cd tools/man && printf '%s.gz\n' *.8)"
is "pmt-dkms: every source of the module" "$(cd "$tmp/pmt-dkms/usr/src/pmt-$version" && find . -type f | sort)" \
	"$(find ./Kbuild ./VERSION ./dkms.conf ./src ./include -type f | sort)"
is "pmt-doc: the site, and an example of each kind" \
	"$(cd "$tmp/pmt-doc/usr/share/doc/pmt-doc" && ls html/index.html && find examples -type f | sort)" \
	"html/index.html
$(find Documentation/*/ -type f ! -path 'Documentation/images/*' | sed -E 's,^Documentation/(examples/)?,examples/,' | sort)"
is "pmt-doc: the site has the version" \
	"$(grep -c "VERSION: '$version'" "$tmp/pmt-doc/usr/share/doc/pmt-doc/html/_static/documentation_options.js")" 1
is "pmt -V" "$("$tmp/pmt-tools/usr/bin/pmt" -V 2>/dev/null | cut -d , -f 1)" "pmt $version"

# ---- DKMS, of a tree without packages
kernel=$(basename "$(dirname "${KDIR:?}")")
on_dkms() { dkms "$@" --dkmstree "$tmp/dkms" --sourcetree "$tmp/src" -k "$kernel"; }
mkdir "$tmp/dkms" "$tmp/src"
does "DKMS builds the tree" on_dkms build "$tmp/tree"
is "the module has the version" \
	"$(find "$tmp/dkms" -path '*/module/*' -name 'pmt.ko*' -exec modinfo -F version {} +)" $version

# ---- RPM
spec() { rpmspec --define "pmt_version $version" "$@" tools/packaging/pmt.spec; }
does "the spec is read" spec -P
is "its packages" "$(spec -q --builtrpms --qf '%{name} %{version} %{arch}\n' | sort)" \
	"pmt-dkms $theirs noarch
pmt-tools $theirs $(uname -m)"
does "its source package" tools/packaging/srpm "$tmp/rpm"
does "the packages of that" rpmbuild --rebuild --nodeps --define "_topdir $tmp/rpmbuild" "$tmp/rpm/pmt-$theirs-1.src.rpm"
files_of() { rpm -qlp "$tmp"/rpmbuild/RPMS/*/"$1"-$theirs-1.*.rpm; }
is "pmt-dkms: every source of the module" "$(files_of pmt-dkms | sed -n "s,^/usr/src/pmt-$version/,./,p" | grep '\.\w*$')" \
	"$(find ./dkms.conf ./src ./include -type f | sort)"
is "pmt-tools: the tool, pmt-quick, its unit, its folder" \
	"$(files_of pmt-tools | grep -xE '/etc/pmt|/usr/bin/.*|.*\.service')" "/etc/pmt
/usr/bin/pmt
/usr/bin/pmt-announce
/usr/bin/pmt-quick
/usr/lib/systemd/system/pmt-announce@.service
/usr/lib/systemd/system/pmt-quick@.service"

# ---- OpenWrt: its build system's part is played by a few lines, the kernel's is left out
mkdir "$tmp/openwrt"
cat >"$tmp/openwrt/rules.mk" <<'EOM'
INCLUDE_DIR := $(TOPDIR)
TARGET_CC := gcc
TARGET_CFLAGS := -O2
KERNEL_MAKE := $(TOPDIR)/kernel-make
INSTALL_DIR := install -d
INSTALL_BIN := install -m 755
PKG_BUILD_DIR = $(TOPDIR)/build_dir/$(PKG_NAME)-$(PKG_VERSION)
EOM
cat >"$tmp/openwrt/kernel.mk" <<'EOM'
AutoProbe = probe $(1)
define KernelPackage
$(eval $(KernelPackage/$(1)))
install: kmod-$(1)
kmod-$(1): compile
	test -f $(FILES)
	@echo "kmod-$(1) $(PKG_VERSION): $(TITLE): $(AUTOLOAD): $(DEPENDS)"
endef
EOM
cat >"$tmp/openwrt/package.mk" <<'EOM'
compile:
	mkdir -p $(PKG_BUILD_DIR)
	$(Build/Prepare)
	$(Build/Configure)
	$(Build/Compile)
define BuildPackage
$(eval $(Package/$(1)))
install: $(1)
$(1): compile
	$(call Package/$(1)/install,$(TOPDIR)/root)
	@echo "$(1) $(PKG_VERSION): $(SECTION) $(CATEGORY): $(TITLE): $(DEPENDS)"
endef
EOM
printf '#!/bin/sh\nd=${1#M=}\n[ "$1 $2" = "M=$d modules" ] && [ -f "$d/Kbuild" ] && : >"$d/pmt.ko"\n' >"$tmp/openwrt/kernel-make"
chmod +x "$tmp/openwrt/kernel-make"
said=$(make -s -C tools/packaging/openwrt TOPDIR="$tmp/openwrt" install 2>&1)
is "OpenWrt's Makefile makes both packages" "$? $(grep -E '^(kmod-pmt|pmt-tools) ' <<<"$said")" \
	"0 kmod-pmt $version: 6to4 provider managed tunnel relay (RFC 6732): probe pmt: @IPV6 +kmod-iptunnel4
pmt-tools $version: net Network: Tool of 6to4 provider managed tunnel relays: +libmnl +kmod-pmt"
is "with the tool" "$("$tmp/openwrt/root/usr/bin/pmt" -V 2>/dev/null | cut -d , -f 1)" "pmt $version"
echo "1..$n"
exit $failed
