#!/bin/sh
# layers.sh SRCDIR - who includes whom: the rule of CONTRIBUTING.md, line by line
#
# Only the first part of an include's path is looked at: it names the layer. Prints each offence
# as FILE:LINE and ends with "N passed, N failed", counted in files.
set -eu
cd "$1"

# One line per layer: its directory, then the layers that it may include besides itself. "free" are the
# headers of a freestanding compiler, "unpack" those of the decompression libraries, "libc" everything else
# in angle brackets. xen/sys is the part of the ABI that is between Dom0's kernel and its programs.
rules='
hypervisor/abi/xen/sys free libc hypervisor/abi
hypervisor/abi        free
hypervisor/lib        free
hypervisor/core       free hypervisor/abi hypervisor/lib
event-channel         free hypervisor/abi hypervisor/lib
hypervisor/kern       free hypervisor/abi hypervisor/lib hypervisor/core event-channel hypervisor/arch unpack
hypervisor/call       free hypervisor/abi hypervisor/lib hypervisor/core event-channel hypervisor/kern hypervisor/arch
hypervisor/arch       free hypervisor/abi hypervisor/lib hypervisor/core event-channel hypervisor/kern hypervisor/call unpack
frontend-drivers/protocol free hypervisor/abi hypervisor/lib event-channel
frontend-drivers/guest free libc hypervisor/abi hypervisor/lib event-channel frontend-drivers
frontend-drivers      free hypervisor/abi hypervisor/lib event-channel frontend-drivers/protocol
backend-drivers       free libc unpack hypervisor/abi hypervisor/lib hypervisor/core event-channel dom0-tools
dom0-tools            free libc unpack hypervisor/abi hypervisor/lib hypervisor/core event-channel
'

find hypervisor event-channel frontend-drivers backend-drivers dom0-tools -name '*.[chS]' 2>/dev/null | sort |
awk -v rules="$rules" '
BEGIN {
	n = split(rules, line, "\n")
	for (i = 1; i <= n; i++) {
		if (split(line[i], word, " ") < 2)
			continue
		layer[++layers] = word[1]
		may[word[1]] = " " word[1]
		for (j = 2; j in word; j++)
			may[word[1]] = may[word[1]] " " word[j]
		may[word[1]] = may[word[1]] " "
		split("", word)
	}
}

function layer_of(path,    i)
{
	for (i = 1; i <= layers; i++)
		if (index(path, layer[i] "/") == 1)
			return layer[i]
	return ""
}

# What layer a name in quotes or angle brackets belongs to; "" is the file'\''s own directory.
function target_of(name, angled,    t)
{
	if (name ~ /^xen\//)
		return "hypervisor/abi"
	if (name ~ /^std(int|def|arg|bool|noreturn|align)\.h$|^limits\.h$/)
		return "free"
	if (name ~ /^(lzma|zstd|lz4|zlib)\.h$/)
		return "unpack"
	if (angled)
		return "libc"
	if (name !~ /\//)
		return ""
	t = layer_of(name)
	if (t == "")
		t = layer_of("hypervisor/" name)
	if (t == "") # a path below a directory that is itself on the include path
		t = layer_of("dom0-tools/" name) == "dom0-tools" ? own : ""
	return t
}

{
	file = $0
	own = layer_of(file)
	if (own == "")
		next
	bad = 0
	at = 0
	while ((getline text < file) > 0) {
		at++
		if (text !~ /^[ \t]*#[ \t]*include[ \t]*[<"]/)
			continue
		angled = text ~ /include[ \t]*</
		name = text
		sub(/^[^<"]*[<"]/, "", name)
		sub(/[>"].*$/, "", name)
		target = target_of(name, angled)
		if (target != "" && index(may[own], " " target " ") == 0) {
			printf "%s:%d: %s must not include %s (%s)\n", file, at, own, name, target
			bad = 1
		}
	}
	close(file)
	if (bad) failed++; else passed++
}

END { printf "%-24s %d passed, %d failed\n", "layers", passed, failed; exit failed > 0 }
'
