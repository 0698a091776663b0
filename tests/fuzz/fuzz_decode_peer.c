/* fuzz_decode_peer.c - any bytes: what the decoder accepts, Debian's libcapstone decodes to the same length and operands
 *
 * Instructions that both know are compared: length, and the memory operand's registers, scale, displacement and, of moves, size. Left
 * out is what libcapstone (4.0.2) does not know or shows otherwise: prefixes that are given twice, behind a REX
 * prefix, or the operand size together with LOCK or REP.
 * Built by clang -fsanitize=fuzzer (tests/fuzz).
 */
#include <capstone/capstone.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static csh handle;
static cs_insn *peer;

static void open_peer(void)
{
	if (handle)
		return;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) || cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON))
		abort();
	peer = cs_malloc(handle);
	if (!peer)
		abort();
}

static bool is_prefix(uint8_t b)
{
	return b == 0x66 || b == 0x67 || (b & 0xfe) == 0xf2 || b == 0xf0 || (b & 0xe7) == 0x26 || (b & 0xfe) == 0x64;
}

/* Of each of the four groups of prefixes one at most, and then one REX prefix at most. */
static bool plain_prefixes(const uint8_t *data, size_t size)
{
	bool size_seen = false, address_seen = false, lock_or_repeat = false, segment = false,
	     *seen; /* of each group */
	size_t i;

	for (i = 0; i < size && is_prefix(data[i]); i++) {
		seen = data[i] == 0x66	 ? &size_seen
		       : data[i] == 0x67 ? &address_seen
		       : data[i] >= 0xf0 ? &lock_or_repeat
					 : &segment;
		if (*seen)
			return false;
		*seen = true;
	}
	if (size_seen && lock_or_repeat)
		return false;
	if (i < size && (data[i] & 0xf0) == 0x40)
		i++;
	return i == size || (!is_prefix(data[i]) && (data[i] & 0xf0) != 0x40);
}

static int number_of(x86_reg reg)
{
	static const x86_reg wide[] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP,
				       X86_REG_RSI, X86_REG_RDI, X86_REG_R8,  X86_REG_R9,  X86_REG_R10, X86_REG_R11,
				       X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15, X86_REG_RIP};
	static const x86_reg half[] = {X86_REG_EAX,  X86_REG_ECX,  X86_REG_EDX,	 X86_REG_EBX,  X86_REG_ESP,
				       X86_REG_EBP,  X86_REG_ESI,  X86_REG_EDI,	 X86_REG_R8D,  X86_REG_R9D,
				       X86_REG_R10D, X86_REG_R11D, X86_REG_R12D, X86_REG_R13D, X86_REG_R14D,
				       X86_REG_R15D, X86_REG_EIP};

	for (int i = 0; i < 17; i++)
		if (reg == wide[i] || reg == half[i])
			return i;
	return INSN_NO_REGISTER;
}

static void differ(const uint8_t *data, const struct insn *ours, const char *what, int64_t a, int64_t b)
{
	fprintf(stderr, "ERROR: %s: %lld, and libcapstone says %lld for %s %s:", what, (long long)a, (long long)b,
		peer->mnemonic, peer->op_str);
	for (unsigned int i = 0; i < ours->length; i++)
		fprintf(stderr, " %02x", data[i]);
	fprintf(stderr, "\n");
	abort();
}

#define SAME(what, a, b)                                                                                               \
	do {                                                                                                           \
		if ((int64_t)(a) != (int64_t)(b))                                                                      \
			differ(data, ours, what, (int64_t)(a), (int64_t)(b));                                          \
	} while (0)

static void compare_memory(const uint8_t *data, const struct insn *ours, const x86_op_mem *m)
{
	int64_t disp = m->disp;

	SAME("base", ours->base, number_of(m->base));
	/* RIZ and EIZ, or none, are the index that is not there. */
	SAME("index", ours->index, number_of(m->index));
	if (ours->index != INSN_NO_REGISTER)
		SAME("scale", ours->scale, m->scale);
	SAME("displacement", ours->disp, disp);
}

static void compare(const uint8_t *data, const struct insn *ours)
{
	const cs_x86 *x = &peer->detail->x86;

	SAME("length", ours->length, peer->size);
	for (unsigned int i = 0; i < x->op_count; i++) {
		const cs_x86_op *op = &x->operands[i];

		if (op->type == X86_OP_MEM && ours->memory)
			compare_memory(data, ours, &op->mem);
		if (op->type == X86_OP_MEM && ours->memory && ours->kind == INSN_MOV)
			SAME("size", ours->size, op->size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data;
	struct insn ours;
	uint64_t address = 0;

	open_peer();
	if (size > 64 || !plain_prefixes(data, size) || insn_decode(data, size, &ours))
		return 0;
	if (cs_disasm_iter(handle, &at, &size, &address, peer))
		compare(data, &ours);
	return 0;
}
