/* fuzz_decode.c - any bytes: the decoder stays within them, and what it accepts can be computed
 *
 * Built by clang -fsanitize=fuzzer (tests/fuzz).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/execute.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpu_user_regs regs;
	struct insn insn, again;
	struct insn_effect effect;

	if (size > 64 || insn_decode(data, size, &insn) != 0)
		return 0;
	if (insn.length == 0 || insn.length > size || insn.length > INSN_MAX_LENGTH)
		abort();
	/* The same bytes alone say the same. */
	if (insn_decode(data, insn.length, &again) != 0 || memcmp(&insn, &again, sizeof(insn)) != 0)
		abort();
	memset(&regs, data[0], sizeof(regs));
	insn_address(&insn, &regs);
	if (insn_compute(&insn, &regs, 0x8000000000000001, &effect) == 0)
		insn_commit(&insn, &regs, &effect);
	return 0;
}
