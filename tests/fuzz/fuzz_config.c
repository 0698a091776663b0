/* fuzz_config.c - any bytes as a domain's configuration: refused or read, never worse */
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/config/domain_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfg_error error = {.file = "fuzz.cfg"};
	struct domain_config config;

	if (!config_from_text((const char *)data, size, &config, &error)) {
		/* What is accepted is complete. */
		if (!config.name[0] || !config.kernel || !config.cmdline || !config.vcpus ||
		    config.maxvcpus < config.vcpus || config.maxmem_mib < config.memory_mib)
			abort();
		config_free(&config);
	} else if (!error.text[0]) {
		abort(); /* what is refused is told why */
	}
	return 0;
}
