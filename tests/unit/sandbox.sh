#!/bin/sh
# sandbox.sh SRC - a process that serves a device (backend-drivers/common/sandbox.h) does what it may, and is killed for anything else
#
# As root, for the process becomes another user. Ends with "N passed, N failed".
set -u
src=$1
if [ "$(id -u)" != 0 ]; then
	echo "sandbox: not tried: only root can become another user"
	echo "sandbox                  0 passed, 0 failed"
	exit 0
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/plinth-sandbox.XXXXXX")
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

cat >"$dir/try.c" <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend-drivers/common/sandbox.h"

static int map(int protection)
{
	return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int try(const char *what)
{
	if (!strcmp(what, "write"))
		return write(1, "", 0);
	if (!strcmp(what, "data"))
		return map(PROT_READ | PROT_WRITE);
	if (!strcmp(what, "lots"))
		return mmap(NULL, 1UL << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	if (!strcmp(what, "code"))
		return map(PROT_READ | PROT_EXEC);
	if (!strcmp(what, "open"))
		return open("/etc/hostname", O_RDONLY);
	if (!strcmp(what, "socket"))
		return socket(AF_INET, SOCK_STREAM, 0);
	if (!strcmp(what, "fork"))
		return fork();
	if (!strcmp(what, "exec"))
		return execl("/bin/true", "true", NULL);
	if (!strcmp(what, "root"))
		return setuid(0);
	if (!strcmp(what, "terminal"))
		return ioctl(0, TIOCSTI, "x");
	return 1;
}

int main(int argc, char **argv)
{
	struct sandbox box = {.memory = 256 << 20};

	if (argc != 2 || sandbox_prepare(&box) || sandbox_enter(&box, 65500))
		return 3;
	_exit(try(argv[1]) ? 1 : 0);
}
END
# shellcheck disable=SC2046 # flags
if ! ${CC:-cc} -O1 -I"$src" -I"$src/dom0-tools" -I"$src/hypervisor" -I"$src/hypervisor/abi" -o "$dir/try" "$dir/try.c" \
	"$src/backend-drivers/common/sandbox.c" "$src/dom0-tools/lib/error.c" $(pkg-config --libs libseccomp); then
	echo "sandbox                  0 passed, 1 failed"
	exit 1
fi

# ends WHAT STATUS: 0 is well, 159 killed by SIGSYS
ends() {
	"$dir/try" "$1" >"$dir/out" 2>&1
	status=$?
	if [ $status = "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "sandbox: $1 ends with status $status rather than $2"
	fi
}
for call in write data lots; do
	ends $call 0
done
for call in code open socket fork exec root terminal; do
	ends $call 159
done
printf '%-24s %d passed, %d failed\n' sandbox $passed $failed
[ $failed -eq 0 ]
