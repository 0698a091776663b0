# completion.bash - hvctl's commands, options, domains and devices for bash
# shellcheck shell=bash

_hvctl() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} before=${COMP_WORDS[COMP_CWORD - 1]} words='' plain=1 i
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || plain=$((plain + 1))
	done
	if [ "$COMP_CWORD" = 1 ]; then
		words=$(hvctl --help | awk '/^  / { print $1 }')
	elif [[ $word == -* ]]; then
		words=$(hvctl "$command" --help 2>/dev/null | grep -o -e '--[a-z-]*')
		words="$words --help"
	elif [[ $command == @(create|doctor) || $before == @(-f|--file) ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	elif [ $plain = 1 ]; then
		case $command in
		store) words='ls read write rm watch' ;;
		info | dmesg | metrics | version | top) ;;
		*) words=$(hvctl list 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
		esac
	elif [ $plain = 2 ]; then
		case $command in
		block-detach | block-resize | cd-*) words=$(hvctl block-list "$before" 2>/dev/null | awk 'NR > 1 { print $3 }') ;;
		network-detach) words=$(hvctl network-list "$before" 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
		trigger) words=nmi ;;
		vcpu-pin) words=all ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _hvctl hvctl
