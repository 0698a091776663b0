/* xml.h - libvirt's description of a domain, as a second form of a configuration
 *
 * A note is one line for people about something that the other form cannot say, or that a domain here does not have:
 * nothing is left out without one. Notes go to a stream, which may be NULL.
 */
#ifndef CONFIG_XML_H
#define CONFIG_XML_H

#include <stdio.h>

#include "domain_config.h"

/*
 * As config_from_text(). No file is opened and nothing is fetched, whatever the text asks for; a document type
 * declaration, where entities would come from, is an error. Messages and notes name the line.
 */
int config_from_xml(const char *text, size_t len, struct domain_config *config, struct cfg_error *error, FILE *notes);

void config_write_xml(FILE *out, const struct domain_config *config, FILE *notes);

/* Either form, told apart by the first character that is no blank. */
int config_from_either(const char *text, size_t len, struct domain_config *config, struct cfg_error *error,
		       FILE *notes);

#endif
