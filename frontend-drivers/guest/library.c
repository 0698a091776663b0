/* library.c - binds lwIP's file, and is the C library and the operating system that it is bound to */
#include <elf.h>

#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/library.h"
#include "lib/printf.h"
#include "lib/string.h"

struct import {
	const char *name;
	uint64_t address;
};
extern uint8_t library_file[], library_end[];	     /* lwip.S */
extern struct import imports_begin[], imports_end[]; /* guest.lds */

/* FS's segment: at 0x28 is what functions compare before they return. */
static uint64_t fs_segment[16] = {[5] = 0x7265666775657374};

uint64_t library_fs_base(void)
{
	return (uint64_t)fs_segment;
}

bool library_enter(void)
{
	return events_mask();
}

void library_leave(bool state)
{
	events_restore(state);
}

/* ---- What the library wants of others ----------------------------------------------------------------- */

static void *lib_malloc(size_t size)
{
	return memory_alloc(size);
}

static void *lib_calloc(size_t n, size_t size)
{
	uint64_t bytes;
	void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : memory_alloc(bytes);

	return p ? memset(p, 0, bytes) : NULL;
}

static void lib_free(void *p)
{
	memory_free(p);
}

static void *lib_memcpy(void *to, const void *from, size_t n)
{
	return memcpy(to, from, n);
}

static void *lib_memmove(void *to, const void *from, size_t n)
{
	return memmove(to, from, n);
}

static int lib_memcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

static size_t lib_strlen(const char *s)
{
	return strlen(s);
}

static int lib_printf_chk(int flag, const char *fmt, ...)
{
	char text[160];
	va_list args;

	(void)flag;
	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	os_log("lwip: %s", text);
	return 0;
}

/* For ports and sequence numbers, whose guessing the time makes a little harder. */
static int lib_rand(void)
{
	static uint64_t state;

	state = (state + os_now()) * 6364136223846793005u + 1442695040888963407u;
	return (int)(state >> 33);
}

static void lib_abort(void)
{
	panic("lwIP has given up");
}

static uint32_t sys_now(void)
{
	return (uint32_t)(os_now() / 1000000);
}

/* One thread is in the library at a time, and nothing interrupts it there. */
static unsigned int nothing(void)
{
	return 0;
}

/* Whatever else it may want, it does not get. */
static void missing(void)
{
	panic("lwIP, near offset %#lx, has called a function that this kernel does not have",
	      (uint64_t)__builtin_return_address(0) - (uint64_t)library_file);
}

static const struct {
	const char *name;
	void *address;
} exports[] = {
	{"malloc", lib_malloc},
	{"calloc", lib_calloc},
	{"free", lib_free},
	{"memcpy", lib_memcpy},
	{"__memcpy_chk", lib_memcpy},
	{"memmove", lib_memmove},
	{"memcmp", lib_memcmp},
	{"strlen", lib_strlen},
	{"rand", lib_rand},
	{"__printf_chk", lib_printf_chk},
	{"abort", lib_abort},
	{"__stack_chk_fail", lib_abort},
	{"sys_now", sys_now},
	{"sys_init", nothing},
	{"sys_arch_protect", nothing},
	{"sys_arch_unprotect", nothing},
	{"sys_check_core_locking", nothing},
	{"fflush", nothing},
};

/* ---- Binding ------------------------------------------------------------------------------------------ */

static struct {
	const Elf64_Sym *symbols;
	const char *strings;
	const Elf64_Rela *rela[2];
	uint64_t rela_bytes[2], nr_symbols;
} library;

/* The file is its own memory image: what is to lie at an address lies at that offset of the file. */
static void check_segments(const Elf64_Ehdr *elf)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)(library_file + elf->e_phoff);

	if (memcmp(elf->e_ident, ELFMAG, SELFMAG) || elf->e_machine != EM_X86_64 || elf->e_type != ET_DYN)
		panic("lwIP's file is no shared library");
	for (unsigned int i = 0; i < elf->e_phnum; i++, p++) {
		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_offset != p->p_vaddr || p->p_vaddr + p->p_memsz > (uint64_t)(library_end - library_file))
			panic("lwIP's file cannot be used where it lies");
		memset(library_file + p->p_vaddr + p->p_filesz, 0, p->p_memsz - p->p_filesz);
	}
}

static void read_dynamic(const Elf64_Ehdr *elf)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)(library_file + elf->e_phoff);
	const Elf64_Dyn *d;

	while (p->p_type != PT_DYNAMIC)
		p++;
	for (d = (const Elf64_Dyn *)(library_file + p->p_vaddr); d->d_tag != DT_NULL; d++) {
		uint8_t *at = library_file + d->d_un.d_ptr;

		switch (d->d_tag) {
		case DT_SYMTAB:
			library.symbols = (const Elf64_Sym *)at;
			break;
		case DT_STRTAB:
			library.strings = (const char *)at;
			break;
		case DT_RELA:
			library.rela[0] = (const Elf64_Rela *)at;
			break;
		case DT_RELASZ:
			library.rela_bytes[0] = d->d_un.d_val;
			break;
		case DT_JMPREL:
			library.rela[1] = (const Elf64_Rela *)at;
			break;
		case DT_PLTRELSZ:
			library.rela_bytes[1] = d->d_un.d_val;
			break;
		}
	}
	/* Linkers put the strings behind the symbols; nothing else says how many there are. */
	library.nr_symbols = (uint64_t)(library.strings - (const char *)library.symbols) / sizeof(Elf64_Sym);
}

/* Ours come before the library's own, as a program's would: that is how its port is replaced. */
static uint64_t resolve(const Elf64_Sym *symbol)
{
	const char *name = library.strings + symbol->st_name;

	for (size_t i = 0; i < ARRAY_SIZE(exports); i++)
		if (strcmp(name, exports[i].name) == 0)
			return (uint64_t)exports[i].address;
	if (symbol->st_shndx != SHN_UNDEF)
		return (uint64_t)library_file + symbol->st_value;
	return ELF64_ST_BIND(symbol->st_info) == STB_WEAK ? 0 : (uint64_t)missing;
}

static void relocate(const Elf64_Rela *r, uint64_t bytes)
{
	for (const Elf64_Rela *end = r + bytes / sizeof(*r); r < end; r++) {
		uint64_t *at = (uint64_t *)(library_file + r->r_offset);
		const Elf64_Sym *symbol = &library.symbols[ELF64_R_SYM(r->r_info)];

		switch (ELF64_R_TYPE(r->r_info)) {
		case R_X86_64_RELATIVE:
			*at = (uint64_t)library_file + (uint64_t)r->r_addend;
			break;
		case R_X86_64_64:
			*at = resolve(symbol) + (uint64_t)r->r_addend;
			break;
		case R_X86_64_GLOB_DAT:
		case R_X86_64_JUMP_SLOT:
			*at = resolve(symbol);
			break;
		default:
			panic("lwIP's file has a relocation of type %lu", ELF64_R_TYPE(r->r_info));
		}
	}
}

static void find_imports(void)
{
	for (uint64_t i = 0; i < library.nr_symbols; i++) {
		const Elf64_Sym *symbol = &library.symbols[i];

		if (symbol->st_shndx == SHN_UNDEF)
			continue;
		for (struct import *import = imports_begin; import < imports_end; import++)
			if (!import->address && strcmp(import->name, library.strings + symbol->st_name) == 0)
				import->address = (uint64_t)library_file + symbol->st_value;
	}
	for (struct import *import = imports_begin; import < imports_end; import++)
		if (!import->address)
			panic("lwIP's file has no %s", import->name);
}

void library_init(void)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)library_file;

	check_segments(elf);
	read_dynamic(elf);
	relocate(library.rela[0], library.rela_bytes[0]);
	relocate(library.rela[1], library.rela_bytes[1]);
	find_imports();
}
