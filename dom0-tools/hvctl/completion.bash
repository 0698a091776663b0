# completion.bash - hvctl's commands, options and domains for bash
# shellcheck shell=bash

_hvctl() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=
	if [ "$COMP_CWORD" = 1 ]; then
		words=$(hvctl --help | awk '/^  / { print $1 }')
	elif [[ $word == -* ]]; then
		words=$(hvctl "$command" --help 2>/dev/null | grep -o -e '--[a-z-]*')
	else
		case $command in
		create)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
			;;
		store)
			[ "$COMP_CWORD" != 2 ] || words='ls read write rm watch'
			;;
		info | dmesg | metrics | version) ;;
		*)
			[ "$COMP_CWORD" = 2 ] || return
			words=$(hvctl list 2>/dev/null | awk 'NR > 1 { print $1 }')
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _hvctl hvctl
