/* vpic.c - a guest's two 8259A interrupt controllers, the second behind input 2 of the first */
#include "core/vpic.h"

#define CASCADE 2
#define LEVELS	0x4d0

#define WORD1		  0x10 /* of what is written to the first port: initialisation begins */
#define WORD1_WORD4	  0x01
#define COMMAND3	  0x08 /* neither: command 2, the end of an interrupt */
#define COMMAND3_READ	  0x02
#define COMMAND3_READ_ISR 0x01
#define COMMAND3_MASK	  0x40
#define COMMAND3_MASK_ON  0x20
#define COMMAND2_ROTATE	  0x80
#define COMMAND2_SPECIFIC 0x40
#define COMMAND2_END	  0x20
#define WORD4_AUTO_END	  0x02

/* Inputs that may be set to level, as the PIIX has it: not timer, keyboard, cascade; not clock, coprocessor. */
static const uint8_t may_be_level[2] = {0xf8, 0xde};

void vpic_reset(struct vpic *p)
{
	*p = (struct vpic){0};
	for (unsigned i = 0; i < 2; i++) {
		p->chip[i].imr = 0xff;
		p->chip[i].lowest = 7;
	}
}

/* ---- priorities ------------------------------------------------------------------------------------------------ */

/* The input with the highest priority among these, or -1. */
static int first(const struct vpic_chip *c, uint8_t inputs)
{
	for (unsigned i = 1; inputs && i <= 8; i++) {
		unsigned input = (c->lowest + i) & 7;

		if (inputs >> input & 1)
			return (int)input;
	}
	return -1;
}

static unsigned rank(const struct vpic_chip *c, int input)
{
	return input < 0 ? 8 : ((unsigned)input - c->lowest - 1) & 7;
}

/* The input that it asks for, or -1: what is in service holds back those of its rank and below. */
static int asks_for(const struct vpic_chip *c)
{
	int wanted = first(c, c->irr & (uint8_t)~c->imr);
	uint8_t serving = c->special_mask ? c->isr & (uint8_t)~c->imr : c->isr;

	if (c->next_word || wanted < 0 || rank(c, wanted) >= rank(c, first(c, serving)))
		return -1;
	return wanted;
}

/* ---- inputs ---------------------------------------------------------------------------------------------------- */

static void set_input(struct vpic_chip *c, unsigned input, bool high)
{
	uint8_t bit = (uint8_t)(1u << input), was = c->lines & bit;

	c->lines = (uint8_t)(high ? c->lines | bit : c->lines & ~bit);
	if (high && (!was || c->level & bit))
		c->irr |= bit;
	else if (!high) /* an edge that nobody took is gone, too */
		c->irr &= (uint8_t)~bit;
}

static void update_cascade(struct vpic *p)
{
	struct vpic_chip *c = &p->chip[0];

	if (asks_for(&p->chip[1]) >= 0)
		c->irr |= 1u << CASCADE;
	else
		c->irr &= (uint8_t) ~(1u << CASCADE);
}

void vpic_set_line(struct vpic *p, unsigned input, bool high)
{
	if (input >= VPIC_INPUTS || input == CASCADE)
		return;
	set_input(&p->chip[input / 8], input % 8, high);
	update_cascade(p);
}

bool vpic_asks(const struct vpic *p)
{
	return asks_for(&p->chip[0]) >= 0;
}

static uint8_t take(struct vpic_chip *c)
{
	int input = asks_for(c);
	uint8_t bit;

	if (input < 0)
		return (uint8_t)(c->vector + 7);
	bit = (uint8_t)(1u << input);
	if (!(c->level & bit))
		c->irr &= (uint8_t)~bit;
	if (!c->auto_end)
		c->isr |= bit;
	return (uint8_t)(c->vector + input);
}

uint8_t vpic_accept(struct vpic *p)
{
	bool second = asks_for(&p->chip[0]) == CASCADE;
	uint8_t vector = take(&p->chip[0]);

	if (second)
		vector = take(&p->chip[1]);
	update_cascade(p);
	return vector;
}

/* ---- ports ----------------------------------------------------------------------------------------------------- */

bool vpic_has_port(uint16_t port)
{
	return port == 0x20 || port == 0x21 || port == 0xa0 || port == 0xa1 || port == LEVELS || port == LEVELS + 1;
}

uint8_t vpic_read(const struct vpic *p, uint16_t port)
{
	const struct vpic_chip *c = &p->chip[port >> 7 & 1];

	if (port >= LEVELS)
		return p->chip[port - LEVELS].level;
	if (port & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

static void begin(struct vpic_chip *c, uint8_t value)
{
	*c = (struct vpic_chip){
		.lines = c->lines,
		.level = c->level,
		.irr = c->lines & c->level,
		.lowest = 7,
		.next_word = 2,
		.wants_word4 = value & WORD1_WORD4,
	};
}

static void command2(struct vpic_chip *c, uint8_t value)
{
	int input = value & COMMAND2_SPECIFIC ? value & 7 : first(c, c->isr);

	if (value & COMMAND2_END && input >= 0)
		c->isr &= (uint8_t) ~(1u << input);
	if (value & COMMAND2_ROTATE && value & (COMMAND2_END | COMMAND2_SPECIFIC) && input >= 0)
		c->lowest = (uint8_t)input;
}

static void command3(struct vpic_chip *c, uint8_t value)
{
	if (value & COMMAND3_READ)
		c->read_isr = value & COMMAND3_READ_ISR;
	if (value & COMMAND3_MASK)
		c->special_mask = value & COMMAND3_MASK_ON;
}

static void initialise(struct vpic_chip *c, uint8_t value)
{
	switch (c->next_word) {
	case 2:
		c->vector = value & 0xf8;
		c->next_word = 3;
		return;
	case 3: /* which input the cascade is, which is as it is built */
		c->next_word = c->wants_word4 ? 4 : 0;
		return;
	default:
		c->auto_end = value & WORD4_AUTO_END;
		c->next_word = 0;
	}
}

static void write_chip(struct vpic_chip *c, bool second_port, uint8_t value)
{
	if (!second_port && value & WORD1)
		begin(c, value);
	else if (!second_port && value & COMMAND3)
		command3(c, value);
	else if (!second_port)
		command2(c, value);
	else if (c->next_word)
		initialise(c, value);
	else
		c->imr = value;
}

void vpic_write(struct vpic *p, uint16_t port, uint8_t value)
{
	if (port >= LEVELS)
		p->chip[port - LEVELS].level = value & may_be_level[port - LEVELS];
	else
		write_chip(&p->chip[port >> 7 & 1], port & 1, value);
	update_cascade(p);
}
