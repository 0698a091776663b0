# packages.sh - which Debian packages building and testing need, and how they get here (to be sourced)
# shellcheck shell=sh disable=SC2034

build_packages='gcc libc6-dev binutils acpica-tools make gzip cpio kmod busybox-static
	liblzma-dev libzstd-dev liblz4-dev zlib1g-dev uuid-dev libssl-dev liburing-dev libseccomp-dev
	libnl-route-3-dev libnl-genl-3-dev liblwip-dev libxml2-dev libicu-dev libncurses-dev libjson-c-dev qemu-system-x86'
test_packages='clang pkg-config libclang-rt-14-dev clang-tidy clang-format cppcheck shellcheck git libcunit1-dev libcapstone-dev libxen-dev openssl
	bochs bochs-term bochsbios vgabios grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools ovmf iperf3 xenstore-utils python3-jsonschema socat fio bsdutils qemu-utils nbdkit
	qemu-system-xen seabios vncsnapshot libjpeg-turbo-progs xz-utils lz4'

# install_packages NAME...: what of them is missing
install_packages() {
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
			missing="$missing $package"
	done
	# The kernel package is never installed, but apt has to know it
	if [ -z "$missing" ] && apt-cache show linux-image-amd64 >/dev/null 2>&1; then
		return
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "These Debian packages are needed, and only root can install them:$missing" >&2
		exit 1
	fi
	echo "Installing with apt:$missing"
	apt-get update
	# shellcheck disable=SC2086 # a list of names
	[ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}
