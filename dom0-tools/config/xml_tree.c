/* xml_tree.c - what the readers of libvirt's elements share: the parsed text, and the settings made of it */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "xml_tree.h"

/* ---- Text to tree -------------------------------------------------------------------------------- */

/* Entities are declared there, and a domain needs none: it is refused before they could be read. */
static void refuse_declaration(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	xmlParserCtxt *parser = ctx;
	bool *declared = parser->_private;

	(void)name, (void)id, (void)system;
	*declared = true;
	xmlStopParser(parser);
}

/* What libxml2 would print; the last error is asked for instead. */
static void be_silent(void *ctx, const char *fmt, ...)
{
	(void)ctx, (void)fmt;
}

static int parse_failed(struct xml *x, xmlParserCtxt *parser, bool declared)
{
	const xmlError *e = xmlCtxtGetLastError(parser);
	const char *text = e && e->message ? e->message : "no element";

	if (declared)
		return cfg_fail(x->error, parser->input ? parser->input->line : 1, NULL,
				"a document type declaration is not read; leave it out");
	return cfg_fail(x->error, e ? e->line : 1, NULL, "not well-formed XML: %.*s", (int)strcspn(text, "\n"), text);
}

int xml_open(struct xml *x, const char *text, size_t len)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	bool declared = false;
	int err = 0;

	if (!parser || len > INT32_MAX) {
		xmlFreeParserCtxt(parser);
		return -ENOMEM;
	}
	parser->_private = &declared;
	parser->sax->internalSubset = refuse_declaration;
	parser->sax->error = be_silent;
	parser->sax->warning = be_silent;
	x->doc = xmlCtxtReadMemory(parser, text, (int)len, NULL, NULL,
				   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS |
					   XML_PARSE_NOCDATA);
	if (!x->doc || declared || !xmlDocGetRootElement(x->doc))
		err = parse_failed(x, parser, declared);
	xmlFreeParserCtxt(parser);
	return err;
}

void xml_close(struct xml *x)
{
	cfg_free(&x->file);
	free(x->cpuset);
	for (size_t i = 0; i < CONFIG_VCPUS; i++)
		free(x->pin[i]);
	xmlFreeDoc(x->doc);
}

/* ---- Looking at it --------------------------------------------------------------------------------- */

static char *own_copy(xmlChar *text)
{
	char *copy = text ? strdup((const char *)text) : NULL;

	xmlFree(text);
	return copy;
}

char *xml_content(xmlNode *node)
{
	xmlBuffer *text = xmlBufferCreate();
	int err = text ? 0 : -1;
	char *copy;

	for (xmlNode *child = node->children; child && !err; child = child->next)
		if (child->type == XML_TEXT_NODE)
			err = xmlBufferCat(text, child->content);
	copy = err ? NULL : strdup((const char *)xmlBufferContent(text));
	xmlBufferFree(text);
	return copy;
}

char *xml_attribute(xmlNode *node, const char *name)
{
	return node ? own_copy(xmlGetNoNsProp(node, (const xmlChar *)name)) : NULL;
}

xmlNode *xml_child(xmlNode *node, const char *name)
{
	for (xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE && !strcmp((const char *)child->name, name))
			return child;
	return NULL;
}

static bool is_among(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

void xml_check_attributes(struct xml *x, xmlNode *node, const char *known)
{
	for (xmlAttr *a = node->properties; a; a = a->next)
		if (!is_among((const char *)a->name, known))
			xml_note(x, node, "%s= has no counterpart here and is left out", (const char *)a->name);
}

static bool comes_again(xmlNode *node)
{
	return xml_child(node->parent, (const char *)node->name) != node;
}

int xml_children(struct xml *x, xmlNode *node, const struct xml_element *known)
{
	static const struct xml_element none[] = {{0}};
	int err = 0;

	for (xmlNode *child = node->children; child && !err; child = child->next) {
		const struct xml_element *e = known;

		if (child->type != XML_ELEMENT_NODE)
			continue;
		while (e->name && strcmp(e->name, (const char *)child->name))
			e++;
		if (!e->name) {
			xml_note(x, child, "it has no counterpart here and is left out");
			continue;
		}
		xml_check_attributes(x, child, e->attributes);
		if (!(e->flags & XML_MANY) && comes_again(child))
			xml_note(x, child, "it is there already; the first counts");
		if (!(e->flags & XML_INNER))
			xml_children(x, child, none);
		if (e->read)
			err = e->read(x, child);
	}
	return err;
}

/* ---- Saying something -------------------------------------------------------------------------------- */

int xml_fail(struct xml *x, xmlNode *node, const char *fmt, ...)
{
	char text[400], name[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(name, sizeof(name), "<%.50s>", (const char *)node->name);
	return cfg_fail(x->error, xmlGetLineNo(node), name, "%s", text);
}

void xml_note(struct xml *x, xmlNode *node, const char *fmt, ...)
{
	va_list ap;

	if (!x->notes)
		return;
	fprintf(x->notes, "%s:%ld: <%s>: ", x->error->file, xmlGetLineNo(node), (const char *)node->name);
	va_start(ap, fmt);
	vfprintf(x->notes, fmt, ap);
	va_end(ap);
	fputc('\n', x->notes);
}

/* ---- Settings ------------------------------------------------------------------------------------------ */

static struct cfg_setting *new_setting(struct xml *x, xmlNode *node, const char *key, enum cfg_kind kind)
{
	struct cfg_setting *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*x->last = s;
	x->last = &s->next;
	s->value.kind = kind;
	s->value.line = xmlGetLineNo(node);
	s->key = strdup(key);
	return s->key ? s : NULL;
}

/* What the other form could not hold either. */
static int check_text(struct xml *x, xmlNode *node, const char *text)
{
	for (const char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			return xml_fail(x, node, "a line break or another control character stands in the text");
	return 0;
}

int xml_set(struct xml *x, xmlNode *node, const char *key, const char *fmt, ...)
{
	struct cfg_setting *s = new_setting(x, node, key, CFG_NUMBER);
	char *end;
	va_list ap;
	int len = -1;

	if (s) {
		va_start(ap, fmt);
		len = vasprintf(&s->value.text, fmt, ap);
		va_end(ap);
	}
	if (len < 0) {
		if (s)
			s->value.text = NULL;
		return -ENOMEM;
	}
	errno = 0;
	s->value.number = strtol(s->value.text, &end, 10);
	if (!isdigit((unsigned char)*s->value.text) || *end || errno)
		return xml_fail(x, node, "\"%s\" is not a number", s->value.text);
	return 0;
}

int xml_set_string(struct xml *x, xmlNode *node, const char *key, const char *text)
{
	int err = check_text(x, node, text);
	struct cfg_setting *s = err ? NULL : new_setting(x, node, key, CFG_STRING);

	if (s)
		s->value.text = strdup(text);
	return err ? err : s && s->value.text ? 0 : -ENOMEM;
}

int xml_set_content(struct xml *x, xmlNode *node, const char *key)
{
	char *text = xml_content(node);
	int err = -ENOMEM;

	if (text && !strcmp(key, "cpu_weight"))
		err = xml_set(x, node, key, "%s", text);
	else if (text)
		err = xml_set_string(x, node, key, text);
	free(text);
	return err;
}

int xml_add_item(struct xml *x, xmlNode *node, const char *key, const char *text)
{
	struct cfg_setting *s = x->file.settings;
	struct cfg_value *more;
	int err = check_text(x, node, text);

	if (err)
		return err;
	while (s && strcmp(s->key, key))
		s = s->next;
	if (!s)
		s = new_setting(x, node, key, CFG_LIST);
	if (!s)
		return -ENOMEM;
	more = realloc(s->value.items, (s->value.count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->value.items = more;
	more += s->value.count++;
	*more = (struct cfg_value){.kind = CFG_STRING, .line = xmlGetLineNo(node), .text = strdup(text)};
	return more->text ? 0 : -ENOMEM;
}
