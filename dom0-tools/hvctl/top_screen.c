/* top_screen.c - hvctl top on a whole screen */
#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "top.h"

static void draw(const struct sample *s)
{
	char line[TOP_LINE];

	erase();
	top_summary(s, line);
	mvaddnstr(0, 0, line, COLS);
	top_title(line);
	attron(A_REVERSE);
	mvhline(2, 0, ' ', COLS);
	mvaddnstr(2, 0, line, COLS);
	attroff(A_REVERSE);
	for (size_t i = 0; i < s->count && (int)i + 3 < LINES; i++) {
		top_row(&s->rows[i], line);
		mvaddnstr((int)i + 3, 0, line, COLS);
	}
	refresh();
}

/* What a key means; false: enough. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 'c':
		top->order = BY_CPU;
		break;
	case 'm':
		top->order = BY_MEMORY;
		break;
	case 'i':
		top->order = BY_DOMID;
		break;
	case 'n':
		top->order = BY_NAME;
		break;
	default:
		break;
	}
	return true;
}

static int run(struct top *top)
{
	struct sample before = {0}, now = {0};
	int err = sample_take(&before, NULL, top->h, top->store);
	bool more = true;

	for (long n = 0; !err && more && (!top->times || n < top->times); n++) {
		draw(&before);
		/* A key redraws at once; what it shows is counted anew with the next sample. */
		timeout((int)(top->delay * 1000));
		more = obey(top, getch());
		err = sample_take(&now, &before, top->h, top->store);
		if (err)
			break;
		sample_free(&before);
		before = now;
		sample_sort(&before, top->order);
	}
	if (!err && more)
		draw(&before);
	sample_free(&before);
	return err;
}

int top_screen(struct top *top)
{
	SCREEN *screen = isatty(STDOUT_FILENO) ? newterm(NULL, stdout, stdin) : NULL;
	int err;

	if (!screen)
		return plinth_fail(ENOTTY, "this is no terminal, or TERM names none that is known; --batch needs none");
	set_term(screen);
	cbreak();
	noecho();
	curs_set(0);
	err = run(top);
	endwin();
	delscreen(screen);
	return err;
}
