# tutorial.awk - the console blocks of a tutorial, as a shell program (MODE=run) or as what it should print (MODE=expect)
#
# A command follows "dom0# ", with what a here-document needs on the lines behind it. run: each is evaluated in one shell, its
# output between lines "tutorial: begin N" and "tutorial: end N". expect: "N<TAB>line" for each line of an answer.
/^```console/ { on = 1; next }
/^```/ { on = 0; flush_command(); next }
!on { next }
/^dom0# / {
	flush_command()
	command = substr($0, 7)
	n++
	until = ""
	if (match(command, /<<[A-Z]+$/))
		until = substr(command, RSTART + 2)
	next
}
until != "" {
	command = command "\n" $0
	if ($0 == until)
		until = ""
	next
}
MODE == "expect" { print n "\t" $0 }

function flush_command() {
	if (command != "" && MODE == "run") {
		print "cat >/run/command <<'END-OF-COMMAND'\n" command "\nEND-OF-COMMAND"
		print "echo 'tutorial: begin " n "'\n(exit $status)\n. /run/command 2>&1\nstatus=$?\necho 'tutorial: end " n "'"
	}
	command = ""
}
END { if (n == 0) exit 1 }
