/* limits.h - how much of the store one domain may use; Dom0 is bound only where noted */
#ifndef STORED_LIMITS_H
#define STORED_LIMITS_H

#define LIMIT_NODES	     1000 /* nodes a domain owns */
#define LIMIT_VALUE	     2048 /* bytes of one value; Dom0: what one message holds */
#define LIMIT_PERMS	     8	  /* entries in one permission list; Dom0 too */
#define LIMIT_WATCHES	     128  /* watches of one domain */
#define LIMIT_TRANSACTIONS   10	  /* open at one time */
#define LIMIT_TXN_STEPS	     1024 /* reads and changes in one transaction */
#define LIMIT_TXN_STEPS_DOM0 65536
#define LIMIT_TXN_BYTES	     (256u << 10) /* of values written in one transaction */
#define LIMIT_OUTPUT	     65536	  /* bytes not yet taken: no more requests are read */
#define LIMIT_EVENTS	     (1u << 20)	  /* bytes of events not yet taken: further ones are lost */

#endif
