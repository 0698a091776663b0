/* http.h - a web server for files that never change: HTTP/1.0, GET, a few connections at a time */
#ifndef GUEST_HTTP_H
#define GUEST_HTTP_H

#include "frontend-drivers/guest/tar.h"

/* Inside the library: waits for connections to port 80. */
void http_init(const struct tar *tar);
/* Outside of it: reads from the disk what connections can take now, and gives it to them. True: there is more to do. */
bool http_work(void);

#endif
