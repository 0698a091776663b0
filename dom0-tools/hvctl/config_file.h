/* config_file.h - configurations as files: those that people write, and the record of each domain's own */
#ifndef HVCTL_CONFIG_FILE_H
#define HVCTL_CONFIG_FILE_H

#include "dom0-tools/config/domain_config.h"

/*
 * Reads a file in xl's syntax or in libvirt's XML; "-" is standard input. What the XML says and a domain here does not
 * have is told on standard error. -EINVAL: plinth_error() names the line.
 */
int config_file_read(const char *path, struct domain_config *config);

/* As hvctl create --dry-run and hvctl config --json print it. */
void config_print_json(const struct domain_config *config);

/*
 * The record: /var/lib/plinth/domains/UUID.cfg, what the domain would be made of once more. It is kept up with what is
 * changed while the domain runs, and outlives the tools and their restarts; it ends with the domain.
 */
int saved_write(const struct domain_config *config);
/* -ENOENT: there is none (another toolstack made the domain). */
int saved_read(const uint8_t uuid[16], struct domain_config *config);
void saved_remove(const uint8_t uuid[16]);

/*
 * Takes the life lock, applies fn to the record, and writes it again. A domain without a record stays without one; that
 * is no error. saved_change_locked() is for those who have the lock.
 */
typedef int (*saved_fn)(struct domain_config *config, const void *arg);
int saved_change(const uint8_t uuid[16], saved_fn fn, const void *arg);
int saved_change_locked(const uint8_t uuid[16], saved_fn fn, const void *arg);

#endif
