/* hvm_event.c - what is injected into a guest, and what two events at once come to */
#include "core/hvm_event.h"

enum {
	VECTOR_DE = 0,
	VECTOR_DF = 8,
	VECTOR_TS = 10,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
};

bool hvm_exception_has_error(unsigned vector)
{
	return vector < 32 && (0x60227d00u >> vector & 1);
}

/* Those that come from a broken table or segment, so that delivering another may well raise them again. */
static bool contributory(uint8_t vector)
{
	return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

struct hvm_event hvm_event_combine(struct hvm_event first, struct hvm_event second)
{
	struct hvm_event nothing = {0};
	struct hvm_event double_fault = {
		.valid = true, .has_error = true, .type = HVM_EVENT_EXCEPTION, .vector = VECTOR_DF};

	if (!first.valid || first.type != HVM_EVENT_EXCEPTION)
		return second; /* an interrupt that was under way stays pending with its sender, or is lost as in
				  hardware */
	if (first.vector == VECTOR_DF)
		return nothing;
	if ((contributory(first.vector) && contributory(second.vector)) ||
	    (first.vector == VECTOR_PF && (contributory(second.vector) || second.vector == VECTOR_PF)))
		return double_fault;
	return second;
}
