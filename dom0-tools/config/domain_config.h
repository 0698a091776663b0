/* domain_config.h - what a domain shall be, as its configuration says */
#ifndef CONFIG_DOMAIN_CONFIG_H
#define CONFIG_DOMAIN_CONFIG_H

#include <stdint.h>

#include "syntax.h"

#define CONFIG_CPUS		256 /* physical CPUs that can be named */
#define CONFIG_VCPUS		128
#define CONFIG_NAME_MOST	64
#define CONFIG_RATE_INTERVAL_US 50000

enum domain_type { DOMAIN_PV, DOMAIN_PVH, DOMAIN_HVM };
enum on_event { ON_DESTROY, ON_RESTART, ON_PRESERVE };

struct cpu_set {
	uint8_t bits[CONFIG_CPUS / 8];
};

struct disk_config {
	unsigned int line;
	char *target;	    /* path of a file or block device, or a URL of one elsewhere; NULL: an empty CD-ROM drive */
	char vdev[16];	    /* "xvda" */
	unsigned int devid; /* the same as the guest's number for it */
	char backendtype[16]; /* "" and "plinth": ours; otherwise Linux' own */
	bool readonly, cdrom, no_discard;
	bool qcow2; /* the file holds the disk in this format; otherwise its very bytes */
};

struct vif_config {
	unsigned int line;
	bool has_mac;
	uint8_t mac[6];
	char bridge[16], vifname[16]; /* "": the default bridge; "vif<domid>.<n>" */
	char *ip;		      /* NULL: none given */
	char backendtype[16];	      /* as a disk's */
	bool no_offload;
	uint64_t rate; /* bytes a second that the guest may send; 0: no limit */
	unsigned int rate_interval_us;
};

enum vga { VGA_NONE, VGA_STDVGA, VGA_CIRRUS };

struct screen_config {
	bool has_vga; /* it is said which */
	enum vga vga;
	unsigned int videoram_mib;
	unsigned int vnc, vncunused; /* 0 or 1; vncunused: the first display from vncdisplay on that is free */
	unsigned int vncdisplay;     /* port 5900 and this */
	char *vnclisten;	     /* an address, or "unix:/path"; never NULL in an HVM domain */
};

struct domain_config {
	char name[CONFIG_NAME_MOST + 1];
	enum domain_type type;
	bool has_uuid;
	uint8_t uuid[16];
	char *kernel, *ramdisk, *cmdline; /* ramdisk: NULL for none; cmdline: never NULL */
	bool has_kernel_sha256, has_ramdisk_sha256;
	uint8_t kernel_sha256[32], ramdisk_sha256[32];
	uint64_t memory_mib, maxmem_mib;
	unsigned int vcpus, maxvcpus;
	struct cpu_set *cpus; /* one for each vcpu, or NULL: any */
	unsigned int weight;  /* 0: the scheduler's default */
	unsigned int cap;     /* in percent of one CPU; 0: none */
	struct disk_config *disks;
	size_t nr_disks;
	struct vif_config *vifs;
	size_t nr_vifs;
	enum on_event on_poweroff, on_reboot, on_crash;
	/* type "hvm" only; paths are never NULL there */
	char *bios, *device_model;
	char *serial; /* as QEMU's -serial has it; NULL: none */
	struct screen_config screen;
	char boot[4]; /* letters: c disk, d CD-ROM, n network; in order */
};

/* -EINVAL or -ENOMEM with the error filled in. */
int config_from_text(const char *text, size_t len, struct domain_config *config, struct cfg_error *error);
/* The same from settings that stand there already; they stay the caller's. */
int config_from_settings(const struct cfg_file *file, struct domain_config *config, struct cfg_error *error);
void config_free(struct domain_config *config);
const char *on_event_name(enum on_event what);
const char *domain_type_name(enum domain_type type);

/* Parts of it, each given one value; disk.c, vif.c, screen.c, scalar.c. */
int config_read_disk(const struct cfg_value *value, struct disk_config *disk, struct cfg_error *error);
int config_read_vif(const struct cfg_value *value, struct vif_config *vif, struct cfg_error *error);
int config_read_uuid(const struct cfg_value *value, uint8_t uuid[16], struct cfg_error *error);
int config_read_sha256(const char *key, const struct cfg_value *value, uint8_t digest[32], struct cfg_error *error);
int config_read_cpus(const struct cfg_value *value, struct cpu_set *set, struct cfg_error *error);

/* One of the keys vga, videoram and vnc…; and, after the last, what follows from those that are not there. */
int config_read_screen(const char *key, const struct cfg_value *value, struct screen_config *s,
		       struct cfg_error *error);
int config_complete_screen(struct screen_config *s, struct cfg_error *error);
const char *config_vga_name(enum vga vga);

/* "a, b=c , d": cuts the next piece off *rest, without the blanks around it; NULL: none. */
char *config_next_piece(char **rest);
int config_copy(char *out, size_t size, const char *text); /* -ENOSPC: too long */

/* Whether the target is a URL that qemu-nbd takes: nbd://host:port/export, nbd+unix:///export?socket=/path. */
bool config_is_url(const char *target);
/* Whether something has to make a block device of Dom0 of it first. */
bool config_is_image(const struct disk_config *disk);

/* Whose back end: "plinth", "kernel", or "phy", which is xl's word for the kernel's. False: none of them. */
bool config_backendtype(char *out, size_t size, const char *text);
/* Whether that means Linux' own; "" is the default, ours. */
bool config_is_linux_backend(const char *backendtype);
#define BACKENDTYPE_UNKNOWN "backendtype \"%s\" is neither plinth nor kernel"

#endif
