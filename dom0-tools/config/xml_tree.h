/* xml_tree.h - what the readers of libvirt's elements share: the parsed text, and the settings made of it */
#ifndef CONFIG_XML_TREE_H
#define CONFIG_XML_TREE_H

#include <libxml/tree.h>

#include "nbd_url.h"
#include "xml.h"

struct xml {
	xmlDoc *doc;
	struct cfg_file file; /* what it becomes */
	struct cfg_setting **last;
	struct cfg_error *error;
	FILE *notes;
	/* Where the vcpus may run, until all of that is known. */
	unsigned long vcpus;
	char *cpuset, *pin[CONFIG_VCPUS];
	bool pinned;
	xmlNode *cpus_node;
	/* What an HVM domain tries to start from, as long as it is gathered: letters of the key boot. */
	char boot[4];
	xmlNode *boot_node;
};

#define XML_MANY  1u /* it may come more than once; of any other the first counts, and the rest get a note */
#define XML_INNER 2u /* `read` sees to the elements in it; in any other each gets a note */

/* An element that is understood. Its attributes but those named get a note. */
struct xml_element {
	const char *name, *attributes; /* with blanks between; those that `read` looks at, or that mean nothing here */
	int (*read)(struct xml *x, xmlNode *node); /* NULL: there is nothing to do for it */
	unsigned int flags;
};

/* xml_close() releases all that was gathered, after a failure too. */
int xml_open(struct xml *x, const char *text, size_t len);
void xml_close(struct xml *x);

int xml_children(struct xml *x, xmlNode *node, const struct xml_element *known);
void xml_check_attributes(struct xml *x, xmlNode *node, const char *known);

/* Copies to free(). Content is what stands in the element itself, not in others in it. NULL: no memory, or no such attribute. */
char *xml_content(xmlNode *node);
char *xml_attribute(xmlNode *node, const char *name);
xmlNode *xml_child(xmlNode *node, const char *name);

/* "file:line: <element>: …" */
int xml_fail(struct xml *x, xmlNode *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void xml_note(struct xml *x, xmlNode *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Settings, with the element's line: a number, a string, the element's content, one more item of a list. */
int xml_set(struct xml *x, xmlNode *node, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int xml_set_string(struct xml *x, xmlNode *node, const char *key, const char *text);
int xml_set_content(struct xml *x, xmlNode *node, const char *key);
int xml_add_item(struct xml *x, xmlNode *node, const char *key, const char *text);

/* xml_device.c */
int xml_read_disk(struct xml *x, xmlNode *node);
int xml_read_interface(struct xml *x, xmlNode *node);

/* xml_nbd.c: a network disk's URL, to free(); and the <source> that such a URL becomes */
int xml_read_nbd(struct xml *x, xmlNode *disk, char **url);
void xml_write_nbd(FILE *out, const struct nbd_url *url);

/* xml_hvm.c: what an HVM domain has beside others; of one that is none it gets a note */
bool xml_is_hvm(const struct xml *x);
int xml_read_loader(struct xml *x, xmlNode *node);
int xml_read_boot(struct xml *x, xmlNode *node);
int xml_read_emulator(struct xml *x, xmlNode *node);
int xml_read_serial(struct xml *x, xmlNode *node);
void xml_write_hvm_os(FILE *out, const struct domain_config *c);
/* False: its serial line cannot be said. */
bool xml_write_hvm_devices(FILE *out, const struct domain_config *c);

/* xml_write.c: text, or a character of it, of an element or an attribute */
void xml_put_text(FILE *out, const char *text);
void xml_put_character(FILE *out, char c);

#endif
