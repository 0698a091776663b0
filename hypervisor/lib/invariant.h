/* invariant.h - what must hold if this code is right: checked in debug builds */
#ifndef LIB_INVARIANT_H
#define LIB_INVARIANT_H

/*
 * INVARIANT() is for our own mistakes only. What a guest, the firmware or an image can cause is
 * checked by plain code in every build, and answered with an error.
 *
 * The hypervisor's invariant_failed() panics; a test's may count and return, so code behind a
 * failed INVARIANT() must still not run off.
 */
void invariant_failed(const char *what, const char *file, int line);

#if PLINTH_DEBUG
#define INVARIANT(cond)                                                                                                \
	do {                                                                                                           \
		if (__builtin_expect(!(cond), 0))                                                                      \
			invariant_failed(#cond, __FILE__, __LINE__);                                                   \
	} while (0)
#else
#define INVARIANT(cond) ((void)sizeof(!(cond)))
#endif

#endif
