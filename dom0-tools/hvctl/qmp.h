/* qmp.h - orders to a domain's device model, by QEMU's own protocol (QMP: JSON over a socket)
 *
 * Whoever answers may be in the guest's hands: what comes is bounded in size, in number and in time.
 */
#ifndef HVCTL_QMP_H
#define HVCTL_QMP_H

struct json_object; /* json-c's */

struct qmp {
	int fd;
	char *line;
};

/* Where the device model of a domain listens; only root may go there. */
#define QMP_SOCKET "/run/plinth/qmp-%u"

/* Ready for orders. -EIO, -ETIMEDOUT: nobody answers there, with plinth_error(). */
int qmp_open(struct qmp *q, unsigned int domid);
void qmp_close(struct qmp *q);
/*
 * Carries an order out: its name, and its arguments as JSON. fd, unless -1, goes along. What is returned goes to *result (to be given
 * to json_object_put()) if that is not NULL. -EIO: the device model's own words are in plinth_error(); -ETIMEDOUT.
 */
int qmp_execute(struct qmp *q, const char *order, const char *arguments, int fd, struct json_object **result);

#endif
