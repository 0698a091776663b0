#!/usr/bin/python3
# screen_text.py FONT PICTURE... - the text on pictures (PPM) of a VGA's text screen, 80 by 25 characters of 9 by 16 dots
#
# FONT is a file that has the adapter's font somewhere, as its BIOS does: 256 times 16 bytes, found by its letter A. What is no character
# of it reads as a question mark. Foreground and background may be any two colours.
import sys

LETTER_A = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")
WIDTH, HEIGHT = 9, 16
NOISE = 96  # of 765: what JPEG makes of one colour


def glyphs(path):
    data = open(path, "rb").read()
    at = data.find(LETTER_A)
    if at < 0:
        sys.exit(f"{path} has no font")
    font = data[at - 16 * ord("A"):]
    # The first that looks so is meant: several look like a blank.
    found = {}
    for code in [ord(" "), *range(33, 127)]:
        found.setdefault(font[16 * code:16 * code + 16], chr(code))
    return found


def read_ppm(path):
    data = open(path, "rb").read()
    kind, width, height, depth = data.split(None, 4)[:4]
    if kind != b"P6" or depth != b"255":
        sys.exit(f"{path} is no PPM")
    width, height = int(width), int(height)
    return width, height, data[-3 * width * height:]


def cell(pixels, width, x, y):
    rows = []
    for line in range(HEIGHT):
        at = 3 * ((y + line) * width + x)
        rows.append([sum(pixels[at + 3 * dot:at + 3 * dot + 3]) for dot in range(8)])
    lightest, darkest = max(map(max, rows)), min(map(min, rows))
    if lightest - darkest < NOISE:
        return bytes(HEIGHT)
    light = lightest + darkest
    return bytes(sum(1 << (7 - dot) for dot in range(8) if 2 * row[dot] > light) for row in rows)


def character(found, bits):
    inverse = bytes(255 - b for b in bits)
    return found.get(bits) or found.get(inverse) or "?"


found = glyphs(sys.argv[1])
for picture in sys.argv[2:]:
    width, height, pixels = read_ppm(picture)
    print(f"{picture}: {width} by {height}, {len(set(pixels))} shades")
    for y in range(0, height - HEIGHT + 1, HEIGHT):
        line = (character(found, cell(pixels, width, x, y)) for x in range(0, width - WIDTH + 1, WIDTH))
        print("|" + "".join(line).rstrip())
