/* tscsync.c - is an AP's TSC the boot CPU's?
 *
 * The AP asks for the boot CPU's time some twenty times and looks at its own before and after. From the quickest exchange
 * it knows the difference to within half of that exchange's length.
 */
#include "arch/x86/cpu.h"
#include "arch/x86/tsc.h"
#include "kern/machine.h"
#include "kern/printk.h"

#define ROUNDS 20

static uint64_t answer;	  /* the boot CPU's TSC */
static uint32_t question; /* [a] rounds asked for */
static uint32_t answered; /* [a] rounds answered */

void tsc_sync_prepare(void)
{
	__atomic_store_n(&question, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&answered, 0, __ATOMIC_SEQ_CST);
}

void tsc_sync_serve(void)
{
	uint32_t asked = __atomic_load_n(&question, __ATOMIC_ACQUIRE);

	if (asked == answered)
		return;
	answer = tsc_read_ordered();
	__atomic_store_n(&answered, asked, __ATOMIC_RELEASE);
}

/* How far this TSC is ahead of the boot CPU's, to within *error. */
static int64_t compare(uint64_t *error)
{
	int64_t ahead = 0;

	*error = UINT64_MAX;
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		uint64_t before = tsc_read_ordered(), after;

		__atomic_store_n(&question, question + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) != question)
			cpu_pause();
		after = tsc_read_ordered();
		if (after - before < *error) {
			*error = after - before;
			ahead = (int64_t)(before + *error / 2 - answer);
		}
	}
	return ahead;
}

void tsc_sync_this(void)
{
	uint64_t error;
	int64_t ahead = compare(&error);
	uint64_t off = (uint64_t)(ahead < 0 ? -ahead : ahead);

	/* Within what can be told apart they are the same. */
	if (off <= error / 2)
		return;
	if (cpu_has(CPU_TSC_ADJUST))
		msr_write(MSR_TSC_ADJUST, msr_read(MSR_TSC_ADJUST) - (uint64_t)ahead);
	else
		msr_write(MSR_TSC, tsc_read() - (uint64_t)ahead);
	ahead = compare(&error);
	off = (uint64_t)(ahead < 0 ? -ahead : ahead);
	if (off > error / 2)
		log_warning(
			"CPU %u: its time stamp counter is %ld ticks off and stays so: guests will "
			"see time jump\n",
			this_cpu()->id, (long)ahead);
	else
		log_info("CPU %u: its time stamp counter was corrected\n", this_cpu()->id);
}
