/* ports.c - how many event channels Dom0 has, as the hypervisor counts them; two programs of a test compare */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <xen/event_channel.h>
#include <xen/xen.h>

#define MOST 131072 /* what FIFO event channels can have */

struct privcmd_hypercall {
	uint64_t op, arg[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

int main(void)
{
	int fd = open("/dev/xen/privcmd", O_RDWR), in_use = 0;

	for (uint32_t port = 1; fd >= 0 && port < MOST; port++) {
		struct evtchn_status status = {.dom = DOMID_SELF, .port = port};
		struct privcmd_hypercall call = {__HYPERVISOR_event_channel_op, {EVTCHNOP_status, (uintptr_t)&status}};

		if (ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call))
			break; /* there are no more numbers */
		in_use += status.status != EVTCHNSTAT_closed;
	}
	printf("event channels: %d\n", in_use);
	return in_use > 0 ? 0 : 1;
}
