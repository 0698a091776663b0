/* visibility.h - every symbol is within the one image: put before each source file by the makefile */

#pragma GCC visibility push(hidden)
