/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/list_unsubscribe.h"

#include "antisales/base/arena.h"

/* White space has no place in a URI; some mailers fold it. */
static struct slice without_blanks(struct slice s, struct arena *a)
{
	char *out = arena_strdup(a, s);
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < s.n; i++)
		if (!ascii_space(s.p[i]))
			out[n++] = s.p[i];
	if (out != NULL)
		out[n] = '\0';
	return (struct slice){ out, out == NULL ? 0 : n };
}

size_t list_unsubscribe(struct slice unfolded, struct arena *a, struct slice *ret, size_t max)
{
	size_t n = 0, at = 0;

	while (n < max) {
		size_t open = slice_find(unfolded, '<', at), close = slice_find(unfolded, '>', open);
		struct slice uri;

		if (close == unfolded.n)
			break;
		uri = without_blanks(slice_sub(unfolded, open + 1, close - open - 1), a);
		if (uri.n > 0)
			ret[n++] = uri;
		at = close + 1;
	}
	return n;
}

struct slice mailto_address(struct slice uri)
{
	struct slice rest = uri, scheme = slice_cut(&rest, ':');

	if (!slice_ieq(scheme, SLICE("mailto")) || rest.p == NULL)
		return (struct slice){ 0 };
	rest = slice_cut(&rest, '?');
	return slice_find(rest, '@', 0) < rest.n ? rest : (struct slice){ 0 };
}
