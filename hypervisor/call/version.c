/* version.c - HYPERVISOR_xen_version: who the hypervisor is and what it can do
 *
 * Guests look for the version of the ABI here, which is that of Xen 4.17; our own name and version are in the extra
 * version and the change set.
 */
#include <xen/version.h>

#include "arch/x86/boot/info.h"
#include "arch/x86/hvm/hvm.h"
#include "call/call.h"
#include "lib/string.h"

#define ABI_MAJOR 4
#define ABI_MINOR 17

#ifdef __clang__
#define COMPILER "" /* clang's version begins with its name */
#else
#define COMPILER "gcc "
#endif

#define PV_FEATURES                                                                                                    \
	((1u << XENFEAT_mmu_pt_update_preserve_ad) | (1u << XENFEAT_highmem_assist) |                                  \
	 (1u << XENFEAT_gnttab_map_avail_bits) | (1u << XENFEAT_direct_mapped))
#define HVM_FEATURES                                                                                                   \
	((1u << XENFEAT_writable_page_tables) | (1u << XENFEAT_auto_translated_physmap) |                              \
	 (1u << XENFEAT_hvm_callback_vector) | (1u << XENFEAT_hvm_safe_pvclock) | (1u << XENFEAT_not_direct_mapped))

/* A text in a field of `size` bytes, whose rest is zeroed. */
static long give_text(void *to, const char *text, size_t size)
{
	char buffer[64] = {0};

	str_copy(buffer, text, sizeof(buffer));
	long rc = guest_write(to, buffer, MIN(size, sizeof(buffer)));

	if (!rc && size > sizeof(buffer))
		rc = guest_clear((char *)to + sizeof(buffer), size - sizeof(buffer));
	return rc;
}

static long compile_info(struct xen_compile_info *arg)
{
	struct xen_compile_info info = {0};

	str_copy(info.compiler, COMPILER __VERSION__, sizeof(info.compiler));
	str_copy(info.compile_date, __DATE__, sizeof(info.compile_date)); /* SOURCE_DATE_EPOCH decides */
	str_copy(info.compile_by, "plinth", sizeof(info.compile_by));
	return copy_to_guest(arg, &info);
}

static long features(struct xen_feature_info *arg)
{
	const struct domain *d = current->domain;
	struct xen_feature_info info;
	long rc = copy_from_guest(&info, arg);

	if (rc)
		return rc;
	if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -EINVAL;
	info.submap = domain_is_hvm(d) ? HVM_FEATURES : PV_FEATURES;
	if (d->privileged)
		info.submap |= 1u << XENFEAT_dom0;
	if (d->vm_assist & BIT(VMASST_TYPE_pae_extended_cr3))
		info.submap |= 1u << XENFEAT_pae_pgdir_above_4gb;
	return copy_field_to_guest(arg, &info, submap);
}

static long command_line(char *arg)
{
	size_t length = strnlen(boot_info.cmdline, sizeof(xen_commandline_t) - 1);
	long rc;

	if (!call_privileged())
		return -EPERM;
	rc = guest_write(arg, boot_info.cmdline, length);
	return rc ? rc : guest_clear(arg + length, sizeof(xen_commandline_t) - length);
}

long call_xen_version(uint64_t cmd, uint64_t arg)
{
	void *p = (void *)arg;

	switch (cmd) {
	case XENVER_version:
		return ABI_MAJOR << 16 | ABI_MINOR;
	case XENVER_extraversion:
		return give_text(p, ".7-plinth", sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return compile_info(p);
	case XENVER_capabilities:
		return give_text(
			p, hvm ? "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 " : "xen-3.0-x86_64 ",
			sizeof(xen_capabilities_info_t));
	case XENVER_changeset:
		return give_text(p, "plinth " PLINTH_VERSION, sizeof(xen_changeset_info_t));
	case XENVER_platform_parameters: {
		struct xen_platform_parameters parameters = {.virt_start = HYPERVISOR_VIRT_START};

		return copy_to_guest((struct xen_platform_parameters *)p, &parameters);
	}
	case XENVER_get_features:
		return features(p);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle:
		return guest_write(p, current->domain->handle, sizeof(xen_domain_handle_t));
	case XENVER_commandline:
		return command_line(p);
	case XENVER_build_id:
		return -ENODATA; /* the image carries none */
	default:
		return call_missing(__HYPERVISOR_xen_version, (unsigned)cmd);
	}
}
