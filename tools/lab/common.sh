# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
# What the lab's scripts share. They set lab_dir to this folder and source it.

tree=$(cd "$lab_dir/../.." && pwd)
kernels="6.1 6.12 7.3"
# Two more are user-mode Linux, made by tools/lab/uml: native speed, and debugging.
uml_kernels="uml debug"

# Root file systems and results of builds, kept between runs. Each work tree has
# builds of its own.
cache=${PMT_CACHE:-/var/cache/pmt-lab}
builds=$cache/build-$(printf %s "$tree" | sha256sum | cut -c 1-12)

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The Debian release whose archive has kernel $1, and whose user space goes with it.
suite_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12 | 7.3 | uml | debug) echo trixie ;;
	*) die "no kernel '$1'; there are: $kernels $uml_kernels" ;;
	esac
}

# The full version of kernel $1 in root file system $2: 6.1 -> 6.1.0-56-amd64.
version_in() {
	for image in "$2/boot/vmlinuz-$1".*-amd64; do
		[ -e "$image" ] || return 1
		basename "$image" | sed 's/^vmlinuz-//'
		return 0
	done
}

is_uml() {	# KERNEL
	case $1 in uml | debug) ;; *) return 1 ;; esac
}

# What user-mode Linux $1 is made by: work trees that differ in it have one each.
uml_recipe() {
	sed -n '/^fetch_source/,/^}/p; /^make_kernel/,/^}/p' "$lab_dir/uml" |
		cat - "$lab_dir/uml.config" "$lab_dir/$1.config" "$root/.recipe" 2>/dev/null |
		sha256sum | cut -c 1-12
}

# Set suite, root, layers and version for kernel $1: root is the file system of its
# release, layers what overlayfs takes as lower folders. They stay there as long as
# this process or a child of it lives: setup waits for the lock.
find_kernel() {
	suite=$(suite_of "$1") || exit 1
	root=$cache/$suite
	layers=$root
	mkdir -p "$cache"
	exec 8>>"$cache/$suite.lock"
	flock -s 8
	if is_uml "$1"; then
		layer=$cache/uml-$1-$(uml_recipe "$1")
		layers=$layer:$cache/uml-source:$root
		exec 6>>"$layer.lock"
		flock -s 6
		version=$(cat "$layer/uml/build/include/config/kernel.release" 2>/dev/null) ||
			die "no kernel '$1' in $cache: run tools/lab/uml $1"
	else
		version=$(version_in "$1" "$root") || die "no kernel $1 in $root: run tools/lab/setup"
	fi
}

# Copy what git tracks, or would if it were added, to folder $1.
copy_sources() {
	mkdir -p "$1"
	git -c safe.directory="$tree" -C "$tree" ls-files -z -co --exclude-standard |
		tar -C "$tree" --null --verbatim-files-from --ignore-failed-read -T - -cf - 2>/dev/null |
		tar -C "$1" -xf -
}
