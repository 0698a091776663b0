/* domctl.c - HYPERVISOR_domctl: finding the operation's handler */
#include "call/domctl.h"

long bitmap_from_guest(uint64_t *to, const struct xenctl_bitmap *from)
{
	size_t bytes = MIN(from->nr_bits / 8 + (from->nr_bits % 8 != 0), sizeof(*to));
	long rc;

	*to = 0;
	rc = guest_read(to, from->bitmap, bytes);
	if (!rc && from->nr_bits < 64)
		*to &= BIT(from->nr_bits) - 1;
	return rc;
}

long bitmap_to_guest(const struct xenctl_bitmap *to, uint64_t from)
{
	size_t bytes = to->nr_bits / 8 + (to->nr_bits % 8 != 0), ours = MIN(bytes, sizeof(from));
	long rc;

	if (to->nr_bits < 64)
		from &= BIT(to->nr_bits) - 1;
	if (bytes > PAGE_SIZE)
		return -EINVAL;
	rc = guest_write(to->bitmap, &from, ours);
	if (!rc && bytes > ours)
		rc = guest_clear(to->bitmap + ours, bytes - ours);
	return rc;
}

static const struct domctl_handler *find(uint32_t cmd)
{
	static const struct domctl_handler *const tables[] = {domctl_life, domctl_vcpus, domctl_access, domctl_hvm};

	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct domctl_handler *h = tables[i]; h->handle; h++) {
			if (h->cmd == cmd)
				return h;
		}
	}
	return NULL;
}

long call_domctl(uint64_t arg)
{
	struct xen_domctl op, *from = (struct xen_domctl *)arg;
	struct domain *d = NULL;
	long rc;

	if (!call_privileged())
		return -EPERM;
	rc = copy_from_guest(&op, from);
	if (rc)
		return rc;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	const struct domctl_handler *h = find(op.cmd);

	if (!h)
		return call_missing(__HYPERVISOR_domctl, op.cmd);
	if (!(h->flags & DOMCTL_NO_DOMAIN)) {
		d = domain_get(op.domain);
		if (!d)
			return -ESRCH;
	}
	if (d && h->flags & DOMCTL_NOT_SELF && d == current->domain)
		rc = -EINVAL;
	else
		rc = h->handle(d, &op);
	if (d)
		domain_put(d);
	if (rc == -ERESTART)
		return call_again(1, arg, 0, 0, 0);
	if (!rc && h->flags & DOMCTL_COPYBACK)
		rc = copy_to_guest(from, &op);
	return rc;
}
