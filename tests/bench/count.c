/* count.c - a QEMU plugin: how many instructions have been executed when an address is first reached
 *
 *   -plugin count.so,mark=NAME:0xADDRESS,mark=…
 *
 * prints "mark NAME COUNT" on standard error. Instructions are counted per translated block as it is entered, so a block that
 * a fault leaves early counts whole: off by some 0.01 %, in the same way in every run. Debian ships no header of the
 * plugin interface (version 1, QEMU 4.2 and later); the few declarations that are needed are below.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MARKS  8

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { INLINE_ADD_U64 = 0, CALLBACK_NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*seen)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *at, uint64_t n);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*reached)(unsigned int, void *),
						   int registers, void *mark);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

static struct mark {
	char name[32];
	uint64_t address;
	int reached;
} marks[MARKS];
static size_t mark_count;
static uint64_t executed;

static void reached(unsigned int cpu, void *arg)
{
	struct mark *mark = arg;

	(void)cpu;
	if (!mark->reached++)
		fprintf(stderr, "mark %s %llu\n", mark->name, (unsigned long long)executed);
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &executed, n);
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		for (size_t m = 0; m < mark_count; m++)
			if (!marks[m].reached && qemu_plugin_insn_vaddr(insn) == marks[m].address)
				qemu_plugin_register_vcpu_insn_exec_cb(insn, reached, CALLBACK_NO_REGISTERS, &marks[m]);
	}
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char name[32], address[32];

		if (mark_count == MARKS || sscanf(argv[i], "mark=%31[^:]:%31s", name, address) != 2) {
			fprintf(stderr, "count: cannot use '%s'\n", argv[i]);
			return -1;
		}
		strcpy(marks[mark_count].name, name);
		marks[mark_count++].address = strtoull(address, NULL, 16);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
