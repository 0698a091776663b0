/* disk_figures.h - how much a disk has been read and written, as its back end counts and hvctl shows it
 *
 * They stand at the head of each queue's part of /run/plinth/vbd-<domain>-<disk>.journal, which outlives the back end's process.
 * They begin at nothing whenever a driver of the guest gives the disk up. hvctl believes nothing else of what is there: a guest
 * may have taken the process over.
 */
#ifndef PLINTH_DISK_FIGURES_H
#define PLINTH_DISK_FIGURES_H

#include <stdint.h>

#define DISK_FIGURES_MAGIC 0x68666967
#define DISK_FIGURES_FILE  "/run/plinth/vbd-%u-%u.journal"
#define DISK_QUEUES_MOST   8

struct disk_figures {
	uint32_t magic;		/* nothing is counted before it is there */
	uint32_t part;		/* bytes from one queue's part to the next */
	uint64_t reads, writes; /* requests that were done */
	uint64_t read_bytes, written_bytes;
};

#endif
