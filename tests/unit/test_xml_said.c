/* test_xml_said.c - nothing in a libvirt description is passed over: whatever is changed in one is an error, a note, or
 * another configuration
 *
 * The descriptions are those that virsh wrote (tests/unit/virsh) and those that the fuzzer begins with, which together have
 * every element and attribute that is read (tests/lint/commands.sh sees to that).
 */
#define _GNU_SOURCE
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

#include "dom0-tools/config/write.h"
#include "dom0-tools/config/xml.h"
#include "unit.h"

#define STRANGE "unheard-of"

static const char *const samples[] = {"virsh/full.xml",
				      "virsh/pvh.xml",
				      "virsh/least.xml",
				      "virsh/hvm.xml",
				      "../fuzz/corpus/fuzz_xml/hvm.xml",
				      "../fuzz/corpus/fuzz_xml/converted.xml",
				      "../fuzz/corpus/fuzz_xml/dumped.xml",
				      "../fuzz/corpus/fuzz_xml/network.xml"};

/* Attributes that mean something to libvirt or to the host it was written on, and nothing to any domain here. */
static const char *const no_matter[] = {"/domain@id",
					"/domain/devices/disk/source@index",
					"/domain/vcpu@placement",
					"/domain/clock@adjustment",
					"/domain/devices/disk/alias@name",
					"/domain/devices/serial/alias@name",
					"/domain/devices/serial/target@type",
					"/domain/devices/serial/target@port",
					"/domain/devices/console@type",
					"/domain/devices/console@tty",
					"/domain/devices/console/alias@name",
					"/domain/devices/console/source@path",
					"/domain/devices/console/target@type",
					"/domain/devices/console/target@port"};

/* What came of a description. */
struct reading {
	char said[8192]; /* the error, or the notes */
	char *config;	 /* NULL after an error */
};

static void read_doc(xmlDoc *doc, struct reading *r)
{
	struct cfg_error error = {.file = "dom.xml"};
	struct domain_config config;
	xmlChar *text;
	size_t config_len;
	FILE *notes, *out;
	int len;

	memset(r, 0, sizeof(*r));
	notes = fmemopen(r->said, sizeof(r->said) - 1, "w");
	xmlDocDumpMemory(doc, &text, &len);
	if (config_from_xml((const char *)text, len, &config, &error, notes)) {
		fprintf(notes, "%s\n", error.text);
	} else {
		out = open_memstream(&r->config, &config_len);
		config_write_text(out, &config);
		fclose(out);
		config_free(&config);
	}
	fclose(notes);
	xmlFree(text);
}

static bool is_another(const struct reading *r, const struct reading *before)
{
	return !r->config || strcmp(r->said, before->said) || strcmp(r->config, before->config);
}

/* The attribute, or the element as a whole, got a note before. */
static bool is_left_out(xmlNode *node, const char *attribute, const struct reading *before)
{
	char words[128];

	snprintf(words, sizeof(words), ":%ld: <%s>: %s= has no counterpart", xmlGetLineNo(node), node->name, attribute);
	if (strstr(before->said, words))
		return true;
	for (; node->type == XML_ELEMENT_NODE; node = node->parent) {
		snprintf(words, sizeof(words), ":%ld: <%s>: it has no counterpart", xmlGetLineNo(node), node->name);
		if (strstr(before->said, words))
			return true;
	}
	return false;
}

/* "/domain/devices/disk" */
static size_t path_of(xmlNode *node, char *path, size_t size)
{
	size_t at = node->parent->type == XML_ELEMENT_NODE ? path_of(node->parent, path, size) : 0;

	return at + snprintf(path + at, size - at, "/%s", (const char *)node->name);
}

static bool matters(const char *path)
{
	for (size_t i = 0; i < sizeof(no_matter) / sizeof(no_matter[0]); i++)
		if (!strcmp(path, no_matter[i]))
			return false;
	return true;
}

/* What is done to the copy of an element, in the copy of its document; false: that cannot be done to this one. */
typedef bool change_fn(xmlNode *node, unsigned int n);

static bool add_attribute(xmlNode *node, unsigned int n)
{
	return !n && xmlNewProp(node, BAD_CAST STRANGE, BAD_CAST "1");
}

static bool add_element(xmlNode *node, unsigned int n)
{
	return !n && xmlNewChild(node, NULL, BAD_CAST STRANGE, NULL);
}

static bool double_element(xmlNode *node, unsigned int n)
{
	return !n && node->parent->type == XML_ELEMENT_NODE && xmlAddNextSibling(node, xmlCopyNode(node, 1));
}

static bool change_content(xmlNode *node, unsigned int n)
{
	if (n || xmlChildElementCount(node) || !node->children)
		return false;
	xmlNodeSetContent(node, BAD_CAST STRANGE);
	return true;
}

static xmlAttr *attribute_number(xmlNode *node, unsigned int n)
{
	xmlAttr *a = node->properties;

	while (a && n--)
		a = a->next;
	return a;
}

static bool change_attribute(xmlNode *node, unsigned int n)
{
	xmlAttr *a = attribute_number(node, n);

	return a && xmlSetProp(node, a->name, BAD_CAST STRANGE);
}

static xmlNode *element_number(xmlNode *node, unsigned int *n)
{
	xmlNode *found;

	for (; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (!(*n)--)
			return node;
		found = element_number(node->children, n);
		if (found)
			return found;
	}
	return NULL;
}

static xmlNode *element_of(xmlDoc *doc, unsigned int n)
{
	return element_number(xmlDocGetRootElement(doc), &n);
}

/* One change in one element. False: there is no such element, or not that much to change. */
static bool try_one(xmlDoc *doc, unsigned int element, unsigned int n, change_fn *change, const struct reading *before)
{
	xmlDoc *copy = xmlCopyDoc(doc, 1);
	xmlNode *node = element_of(copy, element), *original = element_of(doc, element);
	xmlAttr *a = change == change_attribute ? attribute_number(original, n) : NULL;
	const char *attribute = a ? (const char *)a->name : "";
	bool changed = change(node, n), good;
	struct reading after;
	char path[256];
	size_t len;

	if (changed) {
		read_doc(copy, &after);
		len = path_of(original, path, sizeof(path));
		snprintf(path + len, sizeof(path) - len, "%s%s", a ? "@" : "", attribute);
		good = is_another(&after, before) || is_left_out(original, attribute, before) || !matters(path);
		if (!good)
			fprintf(stderr, "passed over: %s in line %ld\n", path, xmlGetLineNo(original));
		CU_ASSERT_TRUE(good);
		free(after.config);
	}
	xmlFreeDoc(copy);
	return changed;
}

/* With the lines that it has when it is written once more. */
static xmlDoc *open_sample(const char *name)
{
	xmlDoc *doc, *again;
	char path[512];
	xmlChar *text;
	int len;

	snprintf(path, sizeof(path), "%.*s%s", (int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__, name);
	doc = xmlReadFile(path, NULL, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
	xmlDocDumpMemory(doc, &text, &len);
	again = xmlReadMemory((const char *)text, len, NULL, NULL, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	xmlFree(text);
	xmlFreeDoc(doc);
	return again;
}

static unsigned int change_all(const char *name, change_fn *change)
{
	xmlDoc *doc = open_sample(name);
	unsigned int count = 0, element;
	struct reading before;

	read_doc(doc, &before);
	CU_ASSERT_PTR_NOT_NULL_FATAL(before.config);
	for (element = 0; element_of(doc, element); element++)
		for (unsigned int n = 0; try_one(doc, element, n, change, &before); n++)
			count++;
	free(before.config);
	xmlFreeDoc(doc);
	return count;
}

static void change_all_samples(change_fn *change, unsigned int least)
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		count += change_all(samples[i], change);
	CU_ASSERT_TRUE(count >= least);
}

TEST(an_attribute_that_is_unknown)
{
	change_all_samples(add_attribute, 100);
}

TEST(an_element_that_is_unknown)
{
	change_all_samples(add_element, 100);
}

TEST(an_element_that_comes_twice)
{
	change_all_samples(double_element, 100);
}

TEST(a_value_that_means_nothing)
{
	change_all_samples(change_attribute, 100);
}

TEST(a_content_that_means_nothing)
{
	change_all_samples(change_content, 30);
}
