/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/merge_token.h"

#include <string.h>

#include "antisales/mail/octet.h"

enum { TOKEN_MAX = 48 };

/* Brackets that mail machines put around a field's name. Longer ones first. */
static const struct { const char *open, *close; } brackets[] = {
	{ "{{", "}}" }, { "[[", "]]" }, { "${", "}" }, { "*|", "|*" }, { "<<", ">>" }, { "%%", "%%" }, { "##", "##" },
	{ "{", "}" }, { "[", "]" }, { "%", "%" },
};

/* "first_name", "Contact.FirstName", "FIRSTNAME | there": what stands between the brackets. */
static bool is_field_name(struct slice s)
{
	size_t letters = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_alnum(s.p[i]) && strchr(" _.-|:\"'", s.p[i]) == NULL)
			return false;
		letters += ascii_alnum(s.p[i]) && !ascii_digit(s.p[i]);
	}
	return letters >= 2 && s.n <= TOKEN_MAX;
}

struct slice merge_token_at(struct slice s)
{
	if (s.n == 0 || octet_alnum(s.p[0]))
		return (struct slice){ 0 };
	for (size_t i = 0; i < sizeof brackets / sizeof brackets[0]; i++) {
		struct slice open, close;
		size_t end;

		if (s.p[0] != brackets[i].open[0])
			continue;
		open = slice_of(brackets[i].open);
		close = slice_of(brackets[i].close);
		if (!slice_istarts(s, open))
			continue;
		end = slice_ifind(slice_sub(s, 0, TOKEN_MAX + 8), close, open.n);
		if (end < s.n && end < TOKEN_MAX + 8 && is_field_name(slice_sub(s, open.n, end - open.n)))
			return slice_sub(s, 0, end + close.n);
	}
	return (struct slice){ 0 };
}
