/* server.h - the qemu-nbd behind one of Dom0's nbd devices: an image (qcow2), or a disk behind another NBD server
 *
 * hvctl makes and ends it; hvbackendd starts another when it dies, and the device's requests only wait. Three files in
 * /run/plinth tell of it, all by the name of the device: nbdN.server, the words that it was started with and the lock of who
 * starts or ends it, nbdN.pid and nbdN.socket. A device without the first is not ours.
 */
#ifndef IMAGE_SERVER_H
#define IMAGE_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* The number of an nbd device by its path; false: it is none, or none of ours. */
bool image_server_is_ours(const char *path, unsigned int *number);

/*
 * Starts qemu-nbd with further words, the last of which is what it serves, for /dev/nbd`number`, which is free. Nothing is left behind
 * after a failure; -EIO: qemu-nbd's own words are in plinth_error().
 */
int image_server_start(unsigned int number, const char *const words[]);

/* Its process, or 0: there is none (any more). */
pid_t image_server_process(unsigned int number);

/* Another one in place of one that has died. -ENOENT: the device has been given back meanwhile. */
int image_server_start_again(unsigned int number);

/* What was written is on its way out before; waits until qemu-nbd has let go of the image. */
void image_server_end(unsigned int number);

#endif
