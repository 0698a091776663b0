#!/bin/sh
# sizes.sh SRCDIR - a file has at most 600 lines, a function at most 60
#
# Of what is read to understand Plinth: its own code and its tests. Prints each offence as FILE:LINE and ends with
# "N passed, N failed", counted in files.
set -eu
cd "$1"
find hypervisor event-channel frontend-drivers backend-drivers dom0-tools tests scripts \( -name '*.[chS]' -o -name '*.sh' \) |
sort | awk '
{
	file = $0
	at = start = bad = 0
	while ((getline text < file) > 0) {
		at++
		if (file ~ /\.c$/ && text ~ /^\{/)
			start = at
		if (start && text ~ /^\}/) {
			if (at - start - 1 > 60) {
				printf "%s:%d: a function of %d lines\n", file, start, at - start - 1
				bad = 1
			}
			start = 0
		}
	}
	close(file)
	if (at > 600) {
		printf "%s:%d: a file of so many lines\n", file, at
		bad = 1
	}
	if (bad) failed++; else passed++
}
END { printf "%-24s %d passed, %d failed\n", "sizes", passed, failed; exit failed > 0 }
'
