/* profile.c - a QEMU plugin: where the instructions go
 *
 *   -plugin profile.so,out=FILE[,from=0xADDRESS][,to=0xADDRESS]
 *
 * writes a line "ADDRESS INSTRUCTIONS" for each block that was executed; profile.sh sums them up by symbol. Counting begins
 * when `from` is first reached and ends when `to` is. Debian ships no header of the plugin interface (version 1); the
 * declarations that are needed are below.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define SLOTS  (1u << 21)

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { INLINE_ADD_U64 = 0, CALLBACK_NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*seen)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *at, uint64_t n);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*reached)(unsigned int, void *),
						   int registers, void *data);
extern void qemu_plugin_register_atexit_cb(plugin_id id, void (*end)(plugin_id, void *), void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

static struct slot {
	uint64_t address, instructions;
} slots[SLOTS];
static uint64_t from, to;
static const char *out = "profile.out";
static int ended;

static struct slot *find(uint64_t address)
{
	size_t i = (address * 0x9e3779b97f4a7c15ull) >> 43;

	while (slots[i].address && slots[i].address != address)
		i = (i + 1) % SLOTS;
	slots[i].address = address;
	return &slots[i];
}

static void write_out(void)
{
	FILE *f = fopen(out, "w");

	if (!f)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].instructions)
			fprintf(f, "%016llx %llu\n", (unsigned long long)slots[i].address,
				(unsigned long long)slots[i].instructions);
	fclose(f);
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (from) {
		from = 0;
		for (size_t i = 0; i < SLOTS; i++)
			slots[i].instructions = 0;
	}
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (!ended && !from) {
		ended = 1;
		write_out();
	}
}

static void seen(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (from && qemu_plugin_insn_vaddr(insn) == from)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, CALLBACK_NO_REGISTERS, NULL);
		if (to && qemu_plugin_insn_vaddr(insn) == to)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, CALLBACK_NO_REGISTERS, NULL);
	}
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &find(qemu_plugin_tb_vaddr(tb))->instructions, n);
}

static void finished(plugin_id id, void *data)
{
	(void)id;
	(void)data;
	if (!ended)
		write_out();
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "from=", 5))
			from = strtoull(argv[i] + 5, NULL, 0);
		else if (!strncmp(argv[i], "to=", 3))
			to = strtoull(argv[i] + 3, NULL, 0);
		else
			return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, seen);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return 0;
}
