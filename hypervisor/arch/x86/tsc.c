/* tsc.c - time: the TSC's rate, measured; its scale to nanoseconds; the timer interrupt */
#include "arch/x86/tsc.h"
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/hpet.h"
#include "arch/x86/io.h"
#include "kern/machine.h"
#include "kern/printk.h"

#define NS_PER_S 1000000000ULL

uint64_t tsc_hz;
uint64_t tsc_base;
struct timescale tsc_scale;

static struct timescale ns_to_apic;

uint64_t time_tsc(void)
{
	return tsc_read();
}

uint64_t time_of_tsc(uint64_t tsc)
{
	return timescale_apply(tsc_scale, tsc - tsc_base);
}

uint64_t time_now(void)
{
	return time_of_tsc(tsc_read_ordered());
}

/* --- The timer interrupt ------------------------------------------------------------------------ */

/* The time has come when it fires. In the past it fires at once. */
static void arm_deadline(uint64_t when)
{
	uint64_t ticks = timescale_first(tsc_scale, when);

	apic_timer_deadline(MIN(ticks, UINT64_MAX - tsc_base) + tsc_base);
}

void machine_timer_arm(uint64_t when)
{
	uint64_t now, ticks;

	if (cpu_has(CPU_TSC_DEADLINE)) {
		if (when)
			arm_deadline(when);
		else
			apic_timer_deadline(0);
		return;
	}
	if (!when) {
		apic_timer_start(0);
		return;
	}
	now = time_now();
	if (when <= now) {
		apic_timer_start(0);
		__atomic_fetch_or(&this_cpu()->pending, CPU_PENDING_TIMER, __ATOMIC_SEQ_CST);
		return;
	}
	/* Too far for the counter: it fires earlier and is armed again. */
	ticks = timescale_apply(ns_to_apic, MIN(when - now, 3600 * NS_PER_S)) + 1;
	apic_timer_start((uint32_t)MIN(ticks, (uint64_t)UINT32_MAX));
}

/* --- Measuring ---------------------------------------------------------------------------------- */

/* A clock whose rate is known. It counts up, and wraps at mask. */
struct reference {
	const char *name;
	uint64_t hz;
	uint32_t mask;
	uint64_t measure_ns;
	uint32_t (*read)(void);
};

#define PIT_HZ	    1193182
#define PIT_MODE    0x43
#define PIT_DATA2   0x42
#define PIT_GATE    0x61
#define PM_TIMER_HZ 3579545

static uint32_t pm_timer_read(void)
{
	return io_in32((uint16_t)acpi_info.fadt.pm_timer.address);
}

/* Channel 2 counts down from 65536, gated on, its speaker off. */
static void pit_start(void)
{
	io_out8(PIT_GATE, (io_in8(PIT_GATE) & 0xfc) | 1);
	io_out8(PIT_MODE, 0xb4); /* channel 2, both bytes, mode 2 */
	io_out8(PIT_DATA2, 0);
	io_out8(PIT_DATA2, 0);
}

static uint32_t pit_read(void)
{
	uint32_t count;

	io_out8(PIT_MODE, 0x80); /* latch channel 2 */
	count = io_in8(PIT_DATA2);
	count |= (uint32_t)io_in8(PIT_DATA2) << 8;
	return ~count;
}

/* Both clocks at one moment: of several tries the one that was disturbed least. */
static uint64_t read_both(const struct reference *ref, uint32_t *count)
{
	uint64_t best = UINT64_MAX, at = 0;

	for (unsigned i = 0; i < 5; i++) {
		uint64_t before = tsc_read_ordered();
		uint32_t c = ref->read();
		uint64_t after = tsc_read_ordered();

		if (after - before < best) {
			best = after - before;
			at = before + best / 2;
			*count = c;
		}
	}
	return at;
}

/* The rates of the TSC and of the APIC timer, or 0 when the reference stands still. The latter means nothing while the
 * timer follows the TSC. */
static uint64_t measure(const struct reference *ref, uint64_t *apic_hz)
{
	uint64_t ticks = ref->hz * ref->measure_ns / NS_PER_S, polls = 0;
	uint64_t tsc_start, tsc_end, passed, hz;
	uint32_t start, end, apic_passed;

	tsc_start = read_both(ref, &start);
	apic_timer_start(UINT32_MAX);
	while (((ref->read() - start) & ref->mask) < ticks) {
		if (polls++ > 10000000)
			return 0;
	}
	apic_passed = UINT32_MAX - apic_timer_left();
	tsc_end = read_both(ref, &end);
	apic_timer_start(0);

	passed = (end - start) & ref->mask;
	hz = (tsc_end - tsc_start) * ref->hz / passed;
	*apic_hz = (uint64_t)apic_passed * hz / (tsc_end - tsc_start);
	return hz;
}

/* What the CPU, or the hypervisor that we run on, says by itself. */
static bool rates_by_cpuid(uint64_t *apic_hz)
{
	struct cpuid r;

	if (cpu_has(CPU_HYPERVISOR) && cpuid(0x40000000).a >= 0x40000010 && cpuid(0x40000000).a < 0x40010000) {
		r = cpuid(0x40000010); /* both in kHz */
		tsc_hz = r.a * 1000ULL;
		*apic_hz = r.b * 1000ULL;
		if (tsc_hz && *apic_hz)
			return true;
	}
	if (cpu_info.vendor == CPU_VENDOR_INTEL && cpu_info.max_leaf >= 0x15) {
		r = cpuid(0x15); /* TSC : crystal = b : a; the APIC timer counts the crystal, of c Hz */
		if (r.a && r.b && r.c) {
			tsc_hz = (uint64_t)r.c * r.b / r.a;
			*apic_hz = r.c;
			return true;
		}
	}
	return false;
}

static const char *find_rates(uint64_t *apic_hz)
{
	struct reference refs[3] = {
		{"HPET", hpet_init(), UINT32_MAX, 5000000, hpet_read},
		{"PM timer", 0, acpi_info.fadt.pm_timer_is_32_bits ? UINT32_MAX : 0xffffff, 8000000, pm_timer_read},
		{"PIT", PIT_HZ, 0xffff, 8000000, pit_read},
	};

	if (rates_by_cpuid(apic_hz))
		return "CPUID";
	if (acpi_info.has_fadt && acpi_info.fadt.pm_timer.address && acpi_info.fadt.pm_timer.space == ACPI_SPACE_IO)
		refs[1].hz = PM_TIMER_HZ;
	for (unsigned i = 0; i < ARRAY_SIZE(refs); i++) {
		if (!refs[i].hz)
			continue;
		if (refs[i].read == pit_read)
			pit_start();
		tsc_hz = measure(&refs[i], apic_hz);
		if (tsc_hz && (*apic_hz || cpu_has(CPU_TSC_DEADLINE)))
			return refs[i].name;
		log_warning("Clock: the %s does not run\n", refs[i].name);
	}
	panic("There is no clock to measure the time stamp counter with");
}

void tsc_init(void)
{
	uint64_t apic_hz = 0;
	const char *by = find_rates(&apic_hz);

	tsc_scale = timescale_make(tsc_hz, NS_PER_S);
	if (!cpu_has(CPU_TSC_DEADLINE))
		ns_to_apic = timescale_make(NS_PER_S, apic_hz);
	tsc_base = tsc_read_ordered();
	log_info("Clock: TSC %lu.%03lu MHz by %s%s\n", tsc_hz / 1000000, tsc_hz / 1000 % 1000, by,
		 cpu_has(CPU_INVARIANT_TSC) ? ", invariant" : "");
	if (cpu_has(CPU_TSC_DEADLINE))
		log_info("Timer: TSC deadline\n");
	else
		log_info("Timer: local APIC, %lu.%03lu MHz\n", apic_hz / 1000000, apic_hz / 1000 % 1000);
}
