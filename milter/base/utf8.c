/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/utf8.h"

/* Whether c may come second: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629, section 4). */
static bool is_second(unsigned char first, unsigned char c)
{
	unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
	unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

	return c >= low && c <= high;
}

size_t utf8_length(struct slice s)
{
	unsigned char c = s.n == 0 ? 0xFF : (unsigned char)s.p[0];
	size_t n;

	if (c < 0x80)
		return 1;
	if (c < 0xC2 || c > 0xF4)
		return 0;
	n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (s.n < n || !is_second(c, (unsigned char)s.p[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (((unsigned char)s.p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

size_t utf8_clip(struct slice s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return n;
}
