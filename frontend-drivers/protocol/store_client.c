/* store_client.c - a guest's end of the xenstore protocol: messages through the ring in the shared page [pure] */
#include "frontend-drivers/protocol/store_client.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"

void store_client_init(struct store_client *c, struct xenstore_domain_interface *page)
{
	c->page = page;
	c->number = c->answered = 0;
	c->nr_parts = 0;
	c->have = 0;
	c->freed = 0;
}

/* How many of the bytes went into the ring. */
static int put(struct xenstore_domain_interface *page, const uint8_t *bytes, uint32_t count)
{
	uint32_t taken = __atomic_load_n(&page->req_cons, __ATOMIC_ACQUIRE), made = page->req_prod;

	if (made - taken > XENSTORE_RING_SIZE)
		return -EPROTO;
	count = MIN(count, XENSTORE_RING_SIZE - (made - taken));
	for (uint32_t i = 0; i < count; i++)
		page->req[MASK_XENSTORE_IDX(made + i)] = (char)bytes[i];
	__atomic_store_n(&page->req_prod, made + count, __ATOMIC_RELEASE);
	return (int)count;
}

static int take(struct xenstore_domain_interface *page, uint8_t *bytes, uint32_t count)
{
	uint32_t made = __atomic_load_n(&page->rsp_prod, __ATOMIC_ACQUIRE), taken = page->rsp_cons;

	if (made - taken > XENSTORE_RING_SIZE)
		return -EPROTO;
	count = MIN(count, made - taken);
	for (uint32_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)page->rsp[MASK_XENSTORE_IDX(taken + i)];
	__atomic_store_n(&page->rsp_cons, taken + count, __ATOMIC_RELEASE);
	return (int)count;
}

int store_client_begin(struct store_client *c, uint32_t type, uint32_t transaction, const struct store_part *parts,
		       uint32_t count)
{
	uint64_t len = 0;

	if (count >= ARRAY_SIZE(c->part))
		return -E2BIG;
	for (uint32_t i = 0; i < count; i++) {
		c->part[i + 1] = parts[i];
		len += parts[i].len;
	}
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	c->out = (struct xsd_sockmsg){.type = type, .req_id = ++c->number, .tx_id = transaction, .len = (uint32_t)len};
	c->part[0] = (struct store_part){&c->out, sizeof(c->out)};
	c->nr_parts = count + 1;
	return 0;
}

int store_client_send(struct store_client *c)
{
	while (c->nr_parts > 0) {
		int n = put(c->page, c->part[0].bytes, c->part[0].len);

		if (n < 0)
			return n;
		c->part[0].bytes = (const uint8_t *)c->part[0].bytes + n;
		c->part[0].len -= (uint32_t)n;
		if (c->part[0].len > 0)
			return 0;
		c->nr_parts--;
		memmove(&c->part[0], &c->part[1], c->nr_parts * sizeof(c->part[0]));
	}
	return 1;
}

int store_client_receive(struct store_client *c)
{
	if (c->have >= sizeof(c->head) && c->have == sizeof(c->head) + c->head.len)
		c->have = 0;
	while (c->have < sizeof(c->head)) {
		int n = take(c->page, (uint8_t *)&c->head + c->have, (uint32_t)sizeof(c->head) - c->have);

		if (n <= 0)
			return n;
		c->have += (uint32_t)n;
		c->freed += (uint32_t)n;
	}
	if (c->head.len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	while (c->have < sizeof(c->head) + c->head.len) {
		uint32_t at = c->have - (uint32_t)sizeof(c->head);
		int n = take(c->page, (uint8_t *)c->payload + at, c->head.len - at);

		if (n <= 0)
			return n;
		c->have += (uint32_t)n;
		c->freed += (uint32_t)n;
	}
	c->payload[c->head.len] = '\0';
	return 1;
}

bool store_client_made_room(struct store_client *c)
{
	if (c->freed < XENSTORE_RING_SIZE / 2)
		return false;
	c->freed = 0;
	return true;
}

bool store_client_is_answer(const struct store_client *c)
{
	return c->head.type != XS_WATCH_EVENT && c->answered != c->number && c->head.req_id == c->answered + 1;
}

int store_client_result(struct store_client *c, uint32_t type)
{
	static const struct {
		char name[8];
		int number;
	} errors[] = {{"ENOENT", ENOENT}, {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EINVAL", EINVAL},
		      {"EEXIST", EEXIST}, {"ENOSPC", ENOSPC}, {"EBUSY", EBUSY},	  {"E2BIG", E2BIG}};

	c->answered++;
	if (c->head.type == type)
		return (int)c->head.len;
	for (size_t i = 0; c->head.type == XS_ERROR && i < ARRAY_SIZE(errors); i++)
		if (strcmp(c->payload, errors[i].name) == 0)
			return -errors[i].number;
	return -EIO;
}

bool store_client_event(const struct store_client *c, const char **path, const char **token)
{
	size_t len = strnlen(c->payload, c->head.len);

	/* Both texts end within the payload: the path by its zero byte, the token by its own or by ours. */
	if (c->head.type != XS_WATCH_EVENT || len >= c->head.len)
		return false;
	*path = c->payload;
	*token = c->payload + len + 1;
	return true;
}
