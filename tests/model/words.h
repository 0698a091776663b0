/* words.h - which words of memory the threads of a model have touched, and in which of them their order matters */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words that were ever written, with what is in them before the first step. All else never changes. */
struct written {
	uint32_t *at, initial;
};
extern struct written *words_written;
extern size_t words_nr_written;

/* A word (of 4 bytes: its address / 4) is read or written by `who`, one bit. Is the order of this access among the others' of any
 * consequence? Before the first write of a word: the word still has its initial value. */
bool words_touch(uintptr_t word, bool write, unsigned who);
/* Since this was asked last: are there more such words? */
bool words_more_shared(void);
/* Forget them all. */
void words_forget(void);

#endif
