/* write.h - a configuration as the text it could have been read from */
#ifndef CONFIG_WRITE_H
#define CONFIG_WRITE_H

#include <stdio.h>

#include "domain_config.h"

/* In xl's syntax, complete: reading it gives the same configuration. */
void config_write_text(FILE *out, const struct domain_config *config);

#define CPUS_TEXT 1024
/* A set of CPUs as people write it, "0-3,5"; "" if it is empty. */
void config_format_cpus(const uint8_t *bits, unsigned int nr_cpus, char text[CPUS_TEXT]);
/* Whether every vcpu has the same set. */
bool config_same_cpus(const struct domain_config *config);

#define MAC_TEXT 18
void config_format_mac(const uint8_t mac[6], char text[MAC_TEXT]);
#define UUID_TEXT 37
void format_uuid(const uint8_t uuid[16], char text[UUID_TEXT]);

#endif
