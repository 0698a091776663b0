/* fuzz_xml.c - any bytes as libvirt's XML: refused, or read and written again without a difference */
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/config/write.h"
#include "dom0-tools/config/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(void (*write)(FILE *out, const struct domain_config *c), const struct domain_config *c,
		     size_t *len)
{
	char *text;
	FILE *out = open_memstream(&text, len);

	if (!out)
		abort();
	write(out, c);
	fclose(out);
	return text;
}

static void write_xml(FILE *out, const struct domain_config *c)
{
	config_write_xml(out, c, NULL);
}

/* Through one form and back: what xl's form says of it must be the same as before. */
static void check_form(void (*write)(FILE *out, const struct domain_config *c), const struct domain_config *before)
{
	struct cfg_error error = {.file = "again"};
	struct domain_config after;
	size_t len, len_before, len_after;
	char *text = written(write, before, &len), *a, *b;

	if (config_from_either(text, len, &after, &error, NULL))
		abort();
	/* The default bridge has no name in one form and has one in the other. */
	for (size_t i = 0; i < after.nr_vifs; i++)
		if (!before->vifs[i].bridge[0])
			after.vifs[i].bridge[0] = '\0';
	a = written(config_write_text, before, &len_before);
	b = written(config_write_text, &after, &len_after);
	if (len_before != len_after || memcmp(a, b, len_before))
		abort();
	config_free(&after);
	free(a);
	free(b);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfg_error error = {.file = "fuzz.xml"};
	struct domain_config config;
	char *notes;
	size_t len;
	FILE *out = open_memstream(&notes, &len);

	if (!out)
		abort();
	if (!config_from_xml((const char *)data, size, &config, &error, out)) {
		if (!config.name[0] || !config.kernel || !config.cmdline || !config.vcpus ||
		    config.maxvcpus < config.vcpus || config.maxmem_mib < config.memory_mib)
			abort();
		check_form(config_write_text, &config);
		check_form(write_xml, &config);
		config_free(&config);
	} else if (!error.text[0]) {
		abort(); /* what is refused is told why */
	}
	fclose(out);
	free(notes);
	return 0;
}
