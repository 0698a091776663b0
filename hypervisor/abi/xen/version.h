/* version.h - xen_version(cmd, arg): who the hypervisor is and what it can do */
#ifndef ABI_VERSION_H
#define ABI_VERSION_H

#include <xen/xen.h>
#include <xen/features.h>

#define XENVER_version		   0  /* no arg; returns major << 16 | minor */
#define XENVER_extraversion	   1  /* xen_extraversion_t */
#define XENVER_compile_info	   2  /* struct xen_compile_info */
#define XENVER_capabilities	   3  /* xen_capabilities_info_t */
#define XENVER_changeset	   4  /* xen_changeset_info_t */
#define XENVER_platform_parameters 5  /* struct xen_platform_parameters */
#define XENVER_get_features	   6  /* struct xen_feature_info */
#define XENVER_pagesize		   7  /* no arg; returns bytes */
#define XENVER_guest_handle	   8  /* xen_domain_handle_t of the caller */
#define XENVER_commandline	   9  /* xen_commandline_t */
#define XENVER_build_id		   10 /* struct xen_build_id; a null arg asks for its size */

/* All texts end with a zero byte. */
typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

struct xen_compile_info {
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
};
typedef struct xen_compile_info xen_compile_info_t;

/* Names of the guests that can run, a blank after each: "xen-3.0-x86_64 hvm-3.0-x86_64 ". */
typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

struct xen_platform_parameters {
	xen_ulong_t virt_start; /* first address the hypervisor keeps for itself */
};
typedef struct xen_platform_parameters xen_platform_parameters_t;

struct xen_feature_info {
	unsigned int submap_idx; /* in: which 32 features */
	uint32_t submap;	 /* out: a bit for each XENFEAT_* */
};
typedef struct xen_feature_info xen_feature_info_t;

typedef char xen_commandline_t[1024];

struct xen_build_id {
	uint32_t len; /* in: bytes of buf; -ENOBUFS if too few */
	unsigned char buf[];
};
typedef struct xen_build_id xen_build_id_t;

#endif
