/* program.c - programs of the distribution that ours have do something */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0-tools/image/program.h"
#include "dom0-tools/lib/plinth.h"

#define DEFAULT_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

extern char **environ;

bool program_exists(const char *name)
{
	const char *path = getenv("PATH") ?: DEFAULT_PATH;
	char file[PATH_MAX];

	for (size_t len; *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, name);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

/* The last line that stands in a file, in plinth_error(). */
static int fail_with_words(const char *name, int words)
{
	char text[512], *last;
	off_t end = lseek(words, 0, SEEK_END), from = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t n = pread(words, text, sizeof(text) - 1, from);

	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	last = strrchr(text, '\n');
	last = last ? last + 1 : text;
	if (!*last)
		return plinth_fail(EIO, "%s failed without a word", name);
	return strncmp(last, name, strlen(name)) ? plinth_fail(EIO, "%s: %s", name, last)
						 : plinth_fail(EIO, "%s", last);
}

/* Its complaints go to a file rather than a pipe: what it leaves running may keep them open. */
static int start(const char *const argv[], int words, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
	posix_spawnattr_setsigmask(&attributes, &none);
	/* In a group of its own: Ctrl-C is for us, who undo what was done. */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	err = posix_spawnp(pid, argv[0], &files, &attributes, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return err ? plinth_fail(err, "cannot run %s: %s", argv[0], strerror(err)) : 0;
}

int program_run(const char *const argv[])
{
	int words = memfd_create(argv[0], MFD_CLOEXEC), status = 0, err;
	pid_t pid;

	if (words < 0)
		return plinth_fail(errno, "%s: %s", argv[0], strerror(errno));
	err = start(argv, words, &pid);
	while (!err && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!err && (!WIFEXITED(status) || WEXITSTATUS(status)))
		err = fail_with_words(argv[0], words);
	close(words);
	return err;
}
