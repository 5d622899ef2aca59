/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/mail/octet.h"

enum kind { UTF8, LENIENT, WESTERN, ICONV };

/* label: lower case, letters and digits only. unit: bytes to skip after an error. */
struct charset_name {
	const char *label;
	const char *iconv;
	enum kind kind;
	unsigned char unit;
};

enum { LABEL_MAX = 20 };
enum bom { BOM_UNDECIDED, BOM_DONE };

static const char replacement[3] = "\xEF\xBF\xBD";

/* Sorted by label. Superset names are read as the superset, as browsers do (gb2312 as gb18030, latin1 as 1252). */
static const struct charset_name names[] = {
	{ "646", NULL, LENIENT, 1 },
	{ "7bit", NULL, LENIENT, 1 },
	{ "8bit", NULL, LENIENT, 1 },
	{ "ansi", NULL, WESTERN, 1 },
	{ "ansix341968", NULL, LENIENT, 1 },
	{ "arabic", "ISO-8859-6", ICONV, 1 },
	{ "armscii8", "ARMSCII-8", ICONV, 1 },
	{ "ascii", NULL, LENIENT, 1 },
	{ "big5", "BIG5-HKSCS", ICONV, 1 },
	{ "big5hkscs", "BIG5-HKSCS", ICONV, 1 },
	{ "chinese", "GB18030", ICONV, 1 },
	{ "cnbig5", "BIG5-HKSCS", ICONV, 1 },
	{ "cp1250", "CP1250", ICONV, 1 },
	{ "cp1251", "CP1251", ICONV, 1 },
	{ "cp1252", NULL, WESTERN, 1 },
	{ "cp1253", "CP1253", ICONV, 1 },
	{ "cp1254", "CP1254", ICONV, 1 },
	{ "cp1255", "CP1255", ICONV, 1 },
	{ "cp1256", "CP1256", ICONV, 1 },
	{ "cp1257", "CP1257", ICONV, 1 },
	{ "cp1258", "CP1258", ICONV, 1 },
	{ "cp437", "IBM437", ICONV, 1 },
	{ "cp50220", "ISO-2022-JP-2", ICONV, 1 },
	{ "cp50221", "ISO-2022-JP-2", ICONV, 1 },
	{ "cp65001", NULL, UTF8, 1 },
	{ "cp819", NULL, WESTERN, 1 },
	{ "cp850", "IBM850", ICONV, 1 },
	{ "cp852", "IBM852", ICONV, 1 },
	{ "cp855", "IBM855", ICONV, 1 },
	{ "cp857", "IBM857", ICONV, 1 },
	{ "cp858", "CP858", ICONV, 1 },
	{ "cp862", "IBM862", ICONV, 1 },
	{ "cp865", "IBM865", ICONV, 1 },
	{ "cp866", "IBM866", ICONV, 1 },
	{ "cp874", "CP874", ICONV, 1 },
	{ "cp932", "CP932", ICONV, 1 },
	{ "cp936", "GB18030", ICONV, 1 },
	{ "cp949", "CP949", ICONV, 1 },
	{ "cp950", "CP950", ICONV, 1 },
	{ "csbig5", "BIG5-HKSCS", ICONV, 1 },
	{ "cseuckr", "CP949", ICONV, 1 },
	{ "cseucpkdfmtjapanese", "EUC-JP-MS", ICONV, 1 },
	{ "csgb2312", "GB18030", ICONV, 1 },
	{ "csiso2022jp", "ISO-2022-JP-2", ICONV, 1 },
	{ "cskoi8r", "KOI8-R", ICONV, 1 },
	{ "csshiftjis", "CP932", ICONV, 1 },
	{ "csunicode", "UTF-16LE", ICONV, 2 },
	{ "csunicode11utf7", "UTF-7", ICONV, 1 },
	{ "cyrillic", "ISO-8859-5", ICONV, 1 },
	{ "dos874", "CP874", ICONV, 1 },
	{ "euccn", "GB18030", ICONV, 1 },
	{ "eucjp", "EUC-JP-MS", ICONV, 1 },
	{ "euckr", "CP949", ICONV, 1 },
	{ "euctw", "EUC-TW", ICONV, 1 },
	{ "gb18030", "GB18030", ICONV, 1 },
	{ "gb2312", "GB18030", ICONV, 1 },
	{ "gb231280", "GB18030", ICONV, 1 },
	{ "gbk", "GB18030", ICONV, 1 },
	{ "georgianps", "GEORGIAN-PS", ICONV, 1 },
	{ "greek", "ISO-8859-7", ICONV, 1 },
	{ "hebrew", "ISO-8859-8", ICONV, 1 },
	{ "ibm437", "IBM437", ICONV, 1 },
	{ "ibm819", NULL, WESTERN, 1 },
	{ "ibm850", "IBM850", ICONV, 1 },
	{ "ibm852", "IBM852", ICONV, 1 },
	{ "ibm855", "IBM855", ICONV, 1 },
	{ "ibm857", "IBM857", ICONV, 1 },
	{ "ibm858", "CP858", ICONV, 1 },
	{ "ibm862", "IBM862", ICONV, 1 },
	{ "ibm865", "IBM865", ICONV, 1 },
	{ "ibm866", "IBM866", ICONV, 1 },
	{ "iso10646ucs2", "UTF-16LE", ICONV, 2 },
	{ "iso2022cn", "ISO-2022-CN-EXT", ICONV, 1 },
	{ "iso2022cnext", "ISO-2022-CN-EXT", ICONV, 1 },
	{ "iso2022jp", "ISO-2022-JP-2", ICONV, 1 },
	{ "iso2022jp1", "ISO-2022-JP-2", ICONV, 1 },
	{ "iso2022jp2", "ISO-2022-JP-2", ICONV, 1 },
	{ "iso2022jp3", "ISO-2022-JP-3", ICONV, 1 },
	{ "iso2022jpms", "ISO-2022-JP-2", ICONV, 1 },
	{ "iso2022kr", "ISO-2022-KR", ICONV, 1 },
	{ "iso646us", NULL, LENIENT, 1 },
	{ "iso88591", NULL, WESTERN, 1 },
	{ "iso885910", "ISO-8859-10", ICONV, 1 },
	{ "iso885911", "CP874", ICONV, 1 },
	{ "iso885911987", NULL, WESTERN, 1 },
	{ "iso885913", "ISO-8859-13", ICONV, 1 },
	{ "iso885914", "ISO-8859-14", ICONV, 1 },
	{ "iso885915", "ISO-8859-15", ICONV, 1 },
	{ "iso885916", "ISO-8859-16", ICONV, 1 },
	{ "iso88592", "ISO-8859-2", ICONV, 1 },
	{ "iso88593", "ISO-8859-3", ICONV, 1 },
	{ "iso88594", "ISO-8859-4", ICONV, 1 },
	{ "iso88595", "ISO-8859-5", ICONV, 1 },
	{ "iso88596", "ISO-8859-6", ICONV, 1 },
	{ "iso88596e", "ISO-8859-6", ICONV, 1 },
	{ "iso88596i", "ISO-8859-6", ICONV, 1 },
	{ "iso88597", "ISO-8859-7", ICONV, 1 },
	{ "iso88598", "ISO-8859-8", ICONV, 1 },
	{ "iso88598e", "ISO-8859-8", ICONV, 1 },
	{ "iso88598i", "ISO-8859-8", ICONV, 1 },
	{ "iso88599", "WINDOWS-1254", ICONV, 1 },
	{ "isoir6", NULL, LENIENT, 1 },
	{ "koi", "KOI8-R", ICONV, 1 },
	{ "koi8", "KOI8-R", ICONV, 1 },
	{ "koi8r", "KOI8-R", ICONV, 1 },
	{ "koi8ru", "KOI8-U", ICONV, 1 },
	{ "koi8u", "KOI8-U", ICONV, 1 },
	{ "korean", "CP949", ICONV, 1 },
	{ "ksc5601", "CP949", ICONV, 1 },
	{ "ksc56011987", "CP949", ICONV, 1 },
	{ "ksc56011989", "CP949", ICONV, 1 },
	{ "l1", NULL, WESTERN, 1 },
	{ "l5", "WINDOWS-1254", ICONV, 1 },
	{ "latin1", NULL, WESTERN, 1 },
	{ "latin2", "ISO-8859-2", ICONV, 1 },
	{ "latin3", "ISO-8859-3", ICONV, 1 },
	{ "latin4", "ISO-8859-4", ICONV, 1 },
	{ "latin5", "WINDOWS-1254", ICONV, 1 },
	{ "latin6", "ISO-8859-10", ICONV, 1 },
	{ "latin9", "ISO-8859-15", ICONV, 1 },
	{ "logical", "ISO-8859-8", ICONV, 1 },
	{ "mac", "MACINTOSH", ICONV, 1 },
	{ "macintosh", "MACINTOSH", ICONV, 1 },
	{ "ms932", "CP932", ICONV, 1 },
	{ "ms936", "GB18030", ICONV, 1 },
	{ "mskanji", "CP932", ICONV, 1 },
	{ "pt154", "PT154", ICONV, 1 },
	{ "shiftjis", "CP932", ICONV, 1 },
	{ "sjis", "CP932", ICONV, 1 },
	{ "tcvn", "TCVN", ICONV, 1 },
	{ "tis620", "CP874", ICONV, 1 },
	{ "ucs2", "UTF-16LE", ICONV, 2 },
	{ "ucs2be", "UTF-16BE", ICONV, 2 },
	{ "ucs2le", "UTF-16LE", ICONV, 2 },
	{ "ucs4", "UTF-32LE", ICONV, 4 },
	{ "ucs4be", "UTF-32BE", ICONV, 4 },
	{ "ucs4le", "UTF-32LE", ICONV, 4 },
	{ "uhc", "CP949", ICONV, 1 },
	{ "unicode", "UTF-16LE", ICONV, 2 },
	{ "unicode11utf7", "UTF-7", ICONV, 1 },
	{ "unicode11utf8", NULL, UTF8, 1 },
	{ "unicodebig", "UTF-16BE", ICONV, 2 },
	{ "unicodefffe", "UTF-16BE", ICONV, 2 },
	{ "unicodelittle", "UTF-16LE", ICONV, 2 },
	{ "unknown8bit", NULL, LENIENT, 1 },
	{ "usascii", NULL, LENIENT, 1 },
	{ "utf16", "UTF-16LE", ICONV, 2 },
	{ "utf16be", "UTF-16BE", ICONV, 2 },
	{ "utf16le", "UTF-16LE", ICONV, 2 },
	{ "utf32", "UTF-32LE", ICONV, 4 },
	{ "utf32be", "UTF-32BE", ICONV, 4 },
	{ "utf32le", "UTF-32LE", ICONV, 4 },
	{ "utf7", "UTF-7", ICONV, 1 },
	{ "utf8", NULL, UTF8, 1 },
	{ "utf8mb4", NULL, UTF8, 1 },
	{ "viscii", "VISCII", ICONV, 1 },
	{ "win1250", "CP1250", ICONV, 1 },
	{ "win1251", "CP1251", ICONV, 1 },
	{ "win1252", NULL, WESTERN, 1 },
	{ "win1253", "CP1253", ICONV, 1 },
	{ "win1254", "CP1254", ICONV, 1 },
	{ "win1255", "CP1255", ICONV, 1 },
	{ "win1256", "CP1256", ICONV, 1 },
	{ "win1257", "CP1257", ICONV, 1 },
	{ "win1258", "CP1258", ICONV, 1 },
	{ "windows1250", "CP1250", ICONV, 1 },
	{ "windows1251", "CP1251", ICONV, 1 },
	{ "windows1252", NULL, WESTERN, 1 },
	{ "windows1253", "CP1253", ICONV, 1 },
	{ "windows1254", "CP1254", ICONV, 1 },
	{ "windows1255", "CP1255", ICONV, 1 },
	{ "windows1256", "CP1256", ICONV, 1 },
	{ "windows1257", "CP1257", ICONV, 1 },
	{ "windows1258", "CP1258", ICONV, 1 },
	{ "windows31j", "CP932", ICONV, 1 },
	{ "windows874", "CP874", ICONV, 1 },
	{ "windows949", "CP949", ICONV, 1 },
	{ "xansi", NULL, WESTERN, 1 },
	{ "xcp1250", "CP1250", ICONV, 1 },
	{ "xcp1251", "CP1251", ICONV, 1 },
	{ "xcp1252", NULL, WESTERN, 1 },
	{ "xcp1253", "CP1253", ICONV, 1 },
	{ "xcp1254", "CP1254", ICONV, 1 },
	{ "xcp1255", "CP1255", ICONV, 1 },
	{ "xcp1256", "CP1256", ICONV, 1 },
	{ "xcp1257", "CP1257", ICONV, 1 },
	{ "xcp1258", "CP1258", ICONV, 1 },
	{ "xeucjp", "EUC-JP-MS", ICONV, 1 },
	{ "xgbk", "GB18030", ICONV, 1 },
	{ "xmac", "MACINTOSH", ICONV, 1 },
	{ "xmaccyrillic", "MAC-CYRILLIC", ICONV, 1 },
	{ "xmacroman", "MACINTOSH", ICONV, 1 },
	{ "xmacukrainian", "MAC-CYRILLIC", ICONV, 1 },
	{ "xsjis", "CP932", ICONV, 1 },
	{ "xunicode20utf7", "UTF-7", ICONV, 1 },
	{ "xunknown", NULL, LENIENT, 1 },
	{ "xxbig5", "BIG5-HKSCS", ICONV, 1 },
};

static const struct charset_name lenient = { "", NULL, LENIENT, 1 };
static const struct charset_name utf16_little = { "utf16le", "UTF-16LE", ICONV, 2 };
static const struct charset_name utf16_big = { "utf16be", "UTF-16BE", ICONV, 2 };

/* windows-1252 above 0x7f: the C1 range, then Latin-1. */
static const unsigned short western_c1[32] = {
	0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
	0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
	0x0153, 0x009D, 0x017E, 0x0178,
};

static int by_label(const void *key, const void *row)
{
	return strcmp(key, ((const struct charset_name *)row)->label);
}

static const struct charset_name *lookup(struct slice name)
{
	char label[LABEL_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '*' || (name.p[i] == ' ' && n > 0))
			break;                          /* RFC 2231 language, or the next word */
		if (!octet_alnum(name.p[i]))
			continue;
		if (n == LABEL_MAX)
			return NULL;
		label[n++] = octet_lower(name.p[i]);
	}
	label[n] = '\0';
	return bsearch(label, names, sizeof names / sizeof *names, sizeof *names, by_label);
}

bool charset_known(struct slice name)
{
	return lookup(name) != NULL;
}

static void open_named(struct charset *c, const struct charset_name *name)
{
	iconv_t cd;

	c->name = name;
	if (name->kind != ICONV)
		return;
	cd = iconv_open("UTF-8", name->iconv);
	if (cd == (iconv_t)-1)
		c->name = &lenient;             /* this system has no such converter */
	else
		c->cd = cd;
}

void charset_open(struct charset *c, struct slice name)
{
	const struct charset_name *found = lookup(name);

	*c = (struct charset){ .low = 0x80, .high = 0xBF };
	open_named(c, found == NULL ? &lenient : found);
	if (c->name->kind == WESTERN || (c->name->kind == ICONV && c->name->unit != 2))
		c->bom = BOM_DONE;
}

size_t charset_put(unsigned long cp, char out[4])
{
	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = 0xFFFD;
	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

static size_t western_put(unsigned char c, char *out)
{
	return charset_put(c >= 0x80 && c < 0xA0 ? western_c1[c - 0x80] : c, out);
}

/* The open sequence is none: one U+FFFD, or in lenient reading each byte as windows-1252. */
static size_t utf8_give_up(struct charset *c, char *out)
{
	size_t n = 0;

	if (c->name->kind == LENIENT) {
		for (size_t i = 0; i < c->seen; i++)
			n += western_put(c->open[i], out + n);
	} else {
		memcpy(out, replacement, sizeof replacement);
		n = sizeof replacement;
	}
	c->seen = c->need = 0;
	c->low = 0x80;
	c->high = 0xBF;
	return n;
}

/* First byte of a sequence: sets what may follow (Unicode table 3-7). */
static size_t utf8_lead(struct charset *c, unsigned char b, char *out)
{
	c->open[0] = b;
	c->seen = 1;
	if (b >= 0xC2 && b <= 0xDF) {
		c->need = 1;
	} else if (b >= 0xE0 && b <= 0xEF) {
		c->need = 2;
		c->low = b == 0xE0 ? 0xA0 : 0x80;
		c->high = b == 0xED ? 0x9F : 0xBF;
	} else if (b >= 0xF0 && b <= 0xF4) {
		c->need = 3;
		c->low = b == 0xF0 ? 0x90 : 0x80;
		c->high = b == 0xF4 ? 0x8F : 0xBF;
	} else {
		return utf8_give_up(c, out);
	}
	return 0;
}

/* One byte of a sequence or of ASCII; *again when it has to be looked at anew. */
static size_t utf8_byte(struct charset *c, unsigned char b, char *out, bool *again)
{
	if (c->need == 0) {
		if (b >= 0x80)
			return utf8_lead(c, b, out);
		out[0] = (char)b;
		return b != 0;
	}
	if (b < c->low || b > c->high) {
		*again = true;
		return utf8_give_up(c, out);
	}
	c->open[c->seen++] = b;
	c->low = 0x80;
	c->high = 0xBF;
	if (--c->need > 0)
		return 0;
	memcpy(out, c->open, c->seen);
	b = c->seen;
	c->seen = 0;
	return b;
}

static size_t utf8_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0, i = 0;

	while (i < in->n && room - n >= CHARSET_ROOM_MIN) {
		bool again = false;

		if (c->need == 0) {
			size_t left = in->n - i < room - n ? in->n - i : room - n;
			size_t run = octet_plain_run(in->p + i, left);

			memcpy(out + n, in->p + i, run);
			n += run;
			i += run;
			if (i == in->n || room - n < CHARSET_ROOM_MIN)
				break;
		}
		n += utf8_byte(c, (unsigned char)in->p[i], out + n, &again);
		i += again ? 0 : 1;
	}
	*in = slice_sub(*in, i, in->n);
	return n;
}

static size_t western_decode(struct slice *in, char *out, size_t room)
{
	size_t n = 0, i = 0;

	while (i < in->n && room - n >= CHARSET_ROOM_MIN) {
		size_t left = in->n - i < room - n ? in->n - i : room - n;
		size_t run = octet_plain_run(in->p + i, left);

		memcpy(out + n, in->p + i, run);
		n += run;
		i += run;
		for (size_t end = i + 8; i < in->n && i < end && room - n >= 4; i++)
			if (in->p[i] != '\0')
				n += western_put((unsigned char)in->p[i], out + n);
	}
	*in = slice_sub(*in, i, in->n);
	return n;
}

static size_t drop_nuls(char *p, size_t n)
{
	size_t kept = 0;

	if (memchr(p, '\0', n) == NULL)
		return n;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0')
			p[kept++] = p[i];
	return kept;
}

/* Converts what it can of p[0..n); returns the bytes used up, *wrote the bytes put out. An error costs one unit. */
static size_t iconv_some(struct charset *c, const char *p, size_t n, struct slice out, size_t *wrote)
{
	char *from = (char *)(uintptr_t)p, *to = (char *)(uintptr_t)out.p;
	size_t left = n, room = out.n - sizeof replacement;
	size_t unit = c->name->unit;
	bool bad = iconv((iconv_t)c->cd, &from, &left, &to, &room) == (size_t)-1 && errno == EILSEQ;

	if (bad && left >= unit) {
		memcpy(to, replacement, sizeof replacement);
		to += sizeof replacement;
		left -= unit;
	}
	*wrote = (size_t)(to - out.p);
	return n - left;
}

/*
 * Converts the block; what is incomplete at its end moves to the front. Blocks
 * start at the same offsets however the input is cut, since what glibc's
 * stateful converters make of an error depends on where a call began.
 */
static size_t iconv_block(struct charset *c, char *out, size_t room)
{
	size_t at = 0, n = 0, used = 1, wrote = 0;

	while (at < c->tail_n && (used > 0 || wrote > 0)) {
		used = iconv_some(c, c->tail + at, c->tail_n - at, (struct slice){ out + n, room - n }, &wrote);
		at += used;
		n += wrote;
	}
	if (at == 0 && c->tail_n == sizeof c->tail) {
		memcpy(out + n, replacement, sizeof replacement);       /* no character is that long */
		n += sizeof replacement;
		at = c->name->unit;
	}
	c->tail_n = (unsigned char)(c->tail_n - at);
	memmove(c->tail, c->tail + at, c->tail_n);
	return drop_nuls(out, n);
}

static size_t iconv_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (in->n > 0 && room - n >= CHARSET_ROOM_MIN) {
		size_t add = sizeof c->tail - c->tail_n < in->n ? sizeof c->tail - c->tail_n : in->n;

		memcpy(c->tail + c->tail_n, in->p, add);
		c->tail_n = (unsigned char)(c->tail_n + add);
		*in = slice_sub(*in, add, in->n);
		if (c->tail_n == sizeof c->tail)
			n += iconv_block(c, out + n, room - n);
	}
	return n;
}

/* Looks at the first bytes, kept in tail: true when they decide about a byte order mark. */
static bool bom_decide(struct charset *c, bool end)
{
	const unsigned char *t = (const unsigned char *)c->tail;
	const struct charset_name *wide = NULL;
	size_t drop = 0;

	if (c->tail_n >= 2 && t[0] == 0xFF && t[1] == 0xFE)
		wide = &utf16_little;
	else if (c->tail_n >= 2 && t[0] == 0xFE && t[1] == 0xFF)
		wide = &utf16_big;
	else if (c->tail_n >= 3 && memcmp(t, "\xEF\xBB\xBF", 3) == 0)
		drop = 3;
	else if (!end && ((c->tail_n == 1 && (t[0] >= 0xFE || t[0] == 0xEF)) ||
	    (c->tail_n == 2 && t[0] == 0xEF && t[1] == 0xBB)))
		return false;
	if (wide != NULL) {
		drop = 2;
		charset_close(c);
		open_named(c, wide);
	}
	if (c->name->unit == 2 && drop == 3)
		drop = 0;
	c->tail_n = (unsigned char)(c->tail_n - drop);
	memmove(c->tail, c->tail + drop, c->tail_n);
	c->bom = BOM_DONE;
	return true;
}

/* Once the mark is decided, bytes read ahead go the usual way; iconv takes them from the tail itself. */
static size_t bom_release(struct charset *c, char *out, size_t room)
{
	struct slice ahead = { c->tail, c->tail_n };

	if (c->name->kind == ICONV)
		return 0;
	c->tail_n = 0;
	return utf8_decode(c, &ahead, out, room);
}

size_t charset_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (c->bom == BOM_UNDECIDED && in->n > 0) {
		c->tail[c->tail_n++] = in->p[0];
		*in = slice_sub(*in, 1, in->n);
		if (bom_decide(c, false))
			n = bom_release(c, out, room);
	}
	if (in->n == 0)
		return n;
	switch (c->name->kind) {
	case WESTERN:
		return n + western_decode(in, out + n, room - n);
	case ICONV:
		return n + iconv_decode(c, in, out + n, room - n);
	case UTF8:
	case LENIENT:
		break;
	}
	return n + utf8_decode(c, in, out + n, room - n);
}

/* A letter that the converter holds back because a mark might follow (windows-1258, TCVN, Big5-HKSCS). */
static size_t iconv_flush(struct charset *c, char *out)
{
	char *to = out;
	size_t room = CHARSET_ROOM_MIN / 8;

	(void)iconv((iconv_t)c->cd, NULL, NULL, &to, &room);
	return (size_t)(to - out);
}

size_t charset_end(struct charset *c, char *out)
{
	size_t n = 0;

	if (c->bom == BOM_UNDECIDED && bom_decide(c, true))
		n = bom_release(c, out, CHARSET_ROOM_MIN);
	if (c->need > 0)
		n += utf8_give_up(c, out + n);
	if (c->name->kind != ICONV)
		return n;
	n += iconv_block(c, out + n, CHARSET_ROOM_MIN - n);
	n += iconv_flush(c, out + n);
	if (c->tail_n > 0) {
		memcpy(out + n, replacement, sizeof replacement);
		n += sizeof replacement;
		c->tail_n = 0;
	}
	return n;
}

void charset_close(struct charset *c)
{
	if (c != NULL && c->cd != NULL) {
		(void)iconv_close((iconv_t)c->cd);
		c->cd = NULL;
	}
}
