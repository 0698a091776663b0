# symbols.awk - turn `nm -n` of a linked image into the table that crash reports are read with
#
# Out comes an assembler file with, sorted by address: symbol_count, symbol_offsets[] (from image_start),
# symbol_name_offsets[] and symbol_names[], all in .rodata.symbols. Only code is of interest there. An
# address is 16 hexadecimal digits, more than an awk number holds: the upper half only says whether
# something is in the image at all (boot code may be linked at its low load address), the lower half counts.

function hex(digits,    i, value)
{
	value = 0
	for (i = 1; i <= length(digits); i++)
		value = value * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
	return value
}

function emit(label, values, n,    i)
{
	printf "\t.balign 4\n\t.globl %s\n\t.hidden %s\n%s:\n", label, label, label
	for (i = 0; i < n; i++)
		printf "\t.long %.0f\n", values[i]
}

BEGIN { n = kept = length_so_far = 0 }

$3 == "image_start" { start_high = substr($1, 1, 8); start = hex(substr($1, 9)) }

# The local labels of hand-written assembly would only hide the names of the functions they are in.
$2 ~ /^[tT]$/ && $3 !~ /^\./ { address[n] = $1; name[n] = $3; n++ }

END {
	for (i = 0; i < n; i++) {
		at = hex(substr(address[i], 9))
		if (substr(address[i], 1, 8) != start_high || at < start || address[i] == last)
			continue
		last = address[i]
		offset[kept] = at - start
		name_offset[kept] = length_so_far
		names[kept] = name[i]
		length_so_far += length(name[i]) + 1
		kept++
	}
	count[0] = kept
	print "\t.section .rodata.symbols, \"a\", @progbits"
	emit("symbol_count", count, 1)
	emit("symbol_offsets", offset, kept)
	emit("symbol_name_offsets", name_offset, kept)
	printf "\t.globl symbol_names\n\t.hidden symbol_names\nsymbol_names:\n"
	for (i = 0; i < kept; i++)
		printf "\t.asciz \"%s\"\n", names[i]
	print "\t.section .note.GNU-stack, \"\", @progbits"
}
