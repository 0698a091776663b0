#!/bin/sh
# profile.sh PROFILE ELF [ROWS] - sums a profile of profile.so up by ELF's symbols; what lies elsewhere is the guests'
set -eu
profile=$1 elf=$2 rows=${3:-40}
nm -n "$elf" | awk '$2 ~ /[tTwW]/ && $1 ~ /^ffff82d/ { print $1, $3 }' >"$profile.symbols"
sort "$profile" | awk -v symbols="$profile.symbols" '
	BEGIN { while ((getline line < symbols) > 0) { split(line, f, " "); at[n] = f[1]; name[n++] = f[2] } }
	{
		total += $2
		if ($1 < at[0] || $1 >= "ffff82d080000000") {
			guest[$1 < "8000000000000000" ? "guest user space" : "guest kernels"] += $2
			next
		}
		while (i + 1 < n && at[i + 1] <= $1) i++
		sum[name[i]] += $2
		ours += $2
	}
	END {
		printf "%14.0f total\n%14.0f hypervisor\n", total, ours
		for (g in guest) printf "%14.0f %s\n", guest[g], g
		for (s in sum) printf "%14.0f   %s\n", sum[s], s | "sort -rn"
	}' | head -n $((rows + 4))
