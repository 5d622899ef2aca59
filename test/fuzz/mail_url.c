/* SPDX-License-Identifier: BSD-3-Clause */
/* One URL, alone, against a base, in text, and what is inside it; parsing a result again must change nothing. */
#include <assert.h>
#include <stdint.h>

#include "antisales/mail/content.h"
#include "antisales/mail/found.h"

enum { URL_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct url *u)
{
	struct buf whole, out;
	struct url again;

	buf_init(&whole, 4 * URL_BYTES);
	buf_init(&out, 4 * URL_BYTES);
	buf_adds(&whole, "http://");
	buf_add(&whole, u->url);
	assert(url_parse(buf_slice(&whole), NULL, &out, &again) == URL_WEB);
	assert(slice_eq(again.url, u->url) && slice_eq(again.host, u->host));
	buf_done(&whole);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct url base = { { "b.example/d/p?q", 15 }, { "b.example", 9 }, { "/d/p?q", 6 }, { "/d/p?q", 6 } };
	struct slice raw = { (const char *)data, size };
	struct found f;
	struct buf out;
	struct url u;

	buf_init(&out, URL_BYTES);
	found_init(&f, 100, URL_BYTES);
	if (url_parse(raw, NULL, &out, &u) == URL_WEB)
		check_again(&u);
	if (url_parse(raw, &base, &out, &u) == URL_WEB)
		check_again(&u);
	found_add(&f, raw, &base, LINK_HREF, 0);
	found_add_text(&f, raw, LINK_TEXT, true);
	found_sort(&f);
	for (size_t i = 0; i < f.count; i++) {
		struct slice url = found_url(&f, &f.links[i]);

		assert(f.links[i].host_n > 0 && f.links[i].host_n < url.n && url.p[f.links[i].host_n] == '/');
	}
	found_done(&f);
	buf_done(&out);
	return 0;
}
