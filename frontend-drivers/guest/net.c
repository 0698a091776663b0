/* net.c - the network: lwIP over netfront, in one thread */
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "frontend-drivers/guest/http.h"
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/library.h"
#include "frontend-drivers/guest/net.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MTU	   1500
#define LONGEST_NS 1000000000ull /* that the thread sleeps, whatever lwIP says of its timers */

struct netfront net_device;
static struct netif interface;
static const struct tar *files;

/* Called by lwIP, inside. A packet for which there is no room is lost, as on a wire. */
static err_t output(struct netif *netif, struct pbuf *p)
{
	static uint8_t packet[MTU + 18];
	struct net_frame frame = {.len = p->tot_len};

	(void)netif;
	if (p->tot_len > sizeof(packet))
		return ERR_BUF;
	pbuf_copy_partial(p, packet, p->tot_len, 0);
	return netfront_send(&net_device, packet, &frame) ? ERR_IF : ERR_OK;
}

static err_t init(struct netif *netif)
{
	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->output = etharp_output;
	netif->linkoutput = output;
	netif->mtu = MTU;
	netif->hwaddr_len = 6;
	memcpy(netif->hwaddr, net_device.mac, 6);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	return ERR_OK;
}

/* A word such as "ip=10.0.2.60" of the command line; without it, `otherwise`. */
static ip4_addr_t address(const char *name, const char *otherwise)
{
	char text[16];
	const char *at = option(name, text, sizeof(text)) ? text : otherwise;
	ip4_addr_t ip = {0};
	uint64_t byte;

	for (unsigned int i = 0; i < 4; i++, at++) {
		if (parse_u64(&at, &byte) || byte > 255 || *at != (i < 3 ? '.' : '\0'))
			panic("%s= is an address such as 10.0.2.60", name);
		ip.addr |= (u32_t)byte << 8 * i; /* the first is the lowest in memory */
	}
	return ip;
}

static void receive(void)
{
	struct netfront_packet packet;

	while (netfront_receive(&net_device, &packet) == 0) {
		struct pbuf *p = packet.frame.bad ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)packet.frame.len, PBUF_RAM);

		netfront_take(&net_device, &packet, p ? p->payload : NULL);
		if (p && interface.input(p, &interface) != ERR_OK)
			pbuf_free(p);
	}
}

static void start(void)
{
	ip4_addr_t ip = address("ip", "0.0.0.0"), mask = address("mask", "255.255.255.0"),
		   gateway = address("gw", "0.0.0.0");
	bool state = library_enter();

	library_init();
	lwip_init();
	if (!netif_add(&interface, &ip, &mask, &gateway, NULL, init, ethernet_input))
		panic("lwIP does not take the interface");
	netif_set_default(&interface);
	netif_set_up(&interface);
	library_leave(state);
}

void net_serve_files(const struct tar *tar)
{
	__atomic_store_n(&files, tar, __ATOMIC_RELEASE);
	os_raise(&net_device.arrived);
}

void net_main(void *unused)
{
	bool up = false, serving = false;

	(void)unused;
	start();
	for (;;) {
		bool state = library_enter();
		uint64_t sleep;

		if (!up && net_device.attached) {
			netif_set_link_up(&interface); /* which tells the neighbours our address */
			up = true;
		}
		if (!serving && __atomic_load_n(&files, __ATOMIC_ACQUIRE)) {
			http_init(files);
			serving = true;
		}
		receive();
		sys_check_timeouts();
		sleep = MIN((uint64_t)sys_timeouts_sleeptime() * 1000000, LONGEST_NS);
		library_leave(state);
		if (!http_work())
			os_wait(&net_device.arrived, os_now() + sleep);
	}
}
