/* image.c - the qemu-nbd behind a disk: when it dies another is started, and the disk's requests only wait
 *
 * Starting one takes a while, and may fail for as long as a server elsewhere is away. So a process does it, and is sent again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend-drivers/launcher/launcher.h"
#include "dom0-tools/image/nbd.h"
#include "dom0-tools/image/server.h"

#define AGAIN_MS 1000

static void forget_process(struct device *dev)
{
	if (dev->image.process < 0)
		return;
	plinth_loop_remove(dev->launcher->loop, dev->image.process);
	close(dev->image.process);
	dev->image.process = -1;
}

static void process_died(void *arg, uint32_t events)
{
	struct device *dev = arg;

	(void)events;
	forget_process(dev);
	note(dev, "qemu-nbd, which served /dev/nbd%u, has ended; starting another", dev->image.number);
	dev->image.start_at = now_ms();
}

/* There is one, or there has to be another. */
static void find_process(struct device *dev)
{
	struct image *image = &dev->image;
	pid_t pid = image_server_process(image->number);

	image->process = pid ? pidfd_open(pid, 0) : -1;
	if (image->process >= 0 &&
	    plinth_loop_add(dev->launcher->loop, image->process, EPOLLIN, process_died, dev) < 0) {
		close(image->process);
		image->process = -1;
	}
	image->start_at = image->process < 0 ? now_ms() : -1;
}

void image_watch(struct device *dev, const char *target)
{
	struct image *image = &dev->image;
	unsigned int number = 0;
	bool served = image_server_is_ours(target, &number);

	if (served == image->served && number == image->number)
		return;
	forget_process(dev);
	*image = (struct image){.served = served, .number = number, .process = -1, .start_at = -1};
	if (served)
		find_process(dev);
}

void image_leave(struct device *dev)
{
	unsigned int number;
	char path[32];

	snprintf(path, sizeof(path), "/dev/nbd%u", dev->image.number);
	/* Its back end cannot end while requests of its wait. */
	if (dev->image.served && dev->image.process < 0 && image_server_is_ours(path, &number))
		nbd_disconnect(number);
	forget_process(dev);
	dev->image.served = false;
}

static void start_another(struct device *dev)
{
	struct image *image = &dev->image;

	image->start_at = -1;
	image->starter = fork();
	if (image->starter == 0) {
		close_range(STDERR_FILENO + 1, ~0u, 0);
		if (!image_server_start_again(image->number))
			_exit(0);
		note(dev, "%s", plinth_error());
		_exit(1);
	}
	if (image->starter < 0) {
		image->starter = 0;
		image->start_at = now_ms() + AGAIN_MS;
	}
}

int image_run_timer(struct device *dev)
{
	struct image *image = &dev->image;
	int64_t wait;

	if (!image->served || image->start_at < 0)
		return -1;
	wait = image->start_at - now_ms();
	if (wait > 0)
		return (int)wait;
	start_another(dev);
	return image->start_at < 0 ? -1 : AGAIN_MS;
}

void image_starter_ended(struct device *dev, pid_t pid, int status)
{
	if (!pid || dev->image.starter != pid)
		return;
	dev->image.starter = 0;
	if (!dev->image.served)
		return;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		find_process(dev);
	else
		dev->image.start_at = now_ms() + AGAIN_MS;
}
