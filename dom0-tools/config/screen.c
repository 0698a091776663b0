/* screen.c - vga, videoram and vnc…: an HVM domain's graphics adapter, and where its screen is shown */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain_config.h"

#define DISPLAY_MOST 999

static const struct adapter {
	const char *name;
	unsigned int least_mib, most_mib, usual_mib;
} adapters[] = {
	[VGA_NONE] = {"none", 0, 0, 0},
	[VGA_STDVGA] = {"stdvga", 16, 256, 16},
	[VGA_CIRRUS] = {"cirrus", 8, 16, 8},
};

const char *config_vga_name(enum vga vga)
{
	return adapters[vga].name;
}

static int read_text(const char *key, const struct cfg_value *value, char **out, struct cfg_error *error)
{
	if (value->kind != CFG_STRING)
		return cfg_fail(error, value->line, key, "this must be a string, in quotes");
	free(*out);
	*out = strdup(value->text);
	return *out ? 0 : -ENOMEM;
}

static int read_vga(const struct cfg_value *value, struct screen_config *s, struct cfg_error *error)
{
	if (value->kind == CFG_STRING)
		for (unsigned int i = 0; i < sizeof(adapters) / sizeof(adapters[0]); i++)
			if (!strcmp(value->text, adapters[i].name)) {
				s->vga = i;
				s->has_vga = true;
				return 0;
			}
	return cfg_fail(error, value->line, "vga", "this must be \"none\", \"stdvga\" or \"cirrus\"");
}

static int read_number(const char *key, const struct cfg_value *value, long least, long most, unsigned int *out,
		       struct cfg_error *error)
{
	if (value->kind != CFG_NUMBER || value->number < least || value->number > most)
		return cfg_fail(error, value->line, key, "this must be a number from %ld to %ld", least, most);
	*out = (unsigned int)value->number;
	return 0;
}

/* An address of this machine, or "unix:" and the path of a socket. What is a display's number has a key of its own. */
static int read_listen(const struct cfg_value *value, struct screen_config *s, struct cfg_error *error)
{
	int err = read_text("vnclisten", value, &s->vnclisten, error);
	const char *text = value->text;
	size_t plain;

	if (err)
		return err;
	plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
	if (!strncmp(text, "unix:/", 6) || (*text && !text[plain]))
		return 0;
	if (*text == '[' && text[strlen(text) - 1] == ']' &&
	    strspn(text + 1, "0123456789abcdefABCDEF:.") == strlen(text) - 2)
		return 0;
	return cfg_fail(error, value->line, "vnclisten",
			"\"%s\" is neither an address nor unix:/path; the display is vncdisplay's", text);
}

/* None. Debian's device model is built without DES, which VNC's passwords want; it would end at its start. */
static int read_password(const struct cfg_value *value, struct cfg_error *error)
{
	if (value->kind == CFG_STRING && !*value->text)
		return 0;
	return cfg_fail(error, value->line, "vncpasswd",
			"Debian's device model knows no passwords; keep others away by vnclisten = \"unix:/path\"");
}

int config_read_screen(const char *key, const struct cfg_value *value, struct screen_config *s, struct cfg_error *error)
{
	if (!strcmp(key, "vga"))
		return read_vga(value, s, error);
	if (!strcmp(key, "videoram"))
		return read_number(key, value, 8, 256, &s->videoram_mib, error);
	if (!strcmp(key, "vnc"))
		return read_number(key, value, 0, 1, &s->vnc, error);
	if (!strcmp(key, "vncdisplay"))
		return read_number(key, value, 0, DISPLAY_MOST, &s->vncdisplay, error);
	if (!strcmp(key, "vncunused"))
		return read_number(key, value, 0, 1, &s->vncunused, error);
	return !strcmp(key, "vnclisten") ? read_listen(value, s, error) : read_password(value, error);
}

/* Whoever wants to see its screen wants it to have one. */
int config_complete_screen(struct screen_config *s, struct cfg_error *error)
{
	const struct adapter *a;
	unsigned int mib = s->videoram_mib;

	if (!s->has_vga)
		s->vga = s->vnc ? VGA_STDVGA : VGA_NONE;
	a = &adapters[s->vga];
	if (s->vnc && s->vga == VGA_NONE)
		return cfg_fail(error, 1, "vnc", "there is nothing to show with vga = \"none\"");
	if (!mib)
		s->videoram_mib = a->usual_mib;
	else if (s->vga == VGA_NONE)
		return cfg_fail(error, 1, "videoram", "there is no adapter to have it; write vga = \"stdvga\"");
	else if (mib < a->least_mib || mib > a->most_mib || (mib & (mib - 1)))
		return cfg_fail(error, 1, "videoram", "a %s adapter has a power of two from %u to %u MiB", a->name,
				a->least_mib, a->most_mib);
	if (!s->vnclisten)
		s->vnclisten = strdup("127.0.0.1");
	return s->vnclisten ? 0 : -ENOMEM;
}
