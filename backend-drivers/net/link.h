/* link.h - bringing the tap interface up and onto its bridge */
#ifndef BACKEND_NET_LINK_H
#define BACKEND_NET_LINK_H

/* bridge: "" for none. -ENODEV: there is no such bridge. */
int link_bring_up(const char *name, const char *bridge);

#endif
