/* SPDX-License-Identifier: BSD-3-Clause */
#include "one_click.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "public_address.h"

struct attempt {
	const struct one_click *how;
	struct one_click_answer *answer;
	size_t bytes;                   /* of the answer, its header included */
	char refused[INET6_ADDRSTRLEN];
};

/* What ends in no letters is an IP address, however it is spelled. */
static bool is_name(const char *host)
{
	size_t n = strlen(host);
	struct slice name = { host, n > 0 && host[n - 1] == '.' ? n - 1 : n };
	size_t dot = slice_rfind(name, '.'), last = dot == name.n ? 0 : dot + 1;

	return last < name.n && ascii_alnum(name.p[last]) && !ascii_digit(name.p[last]);
}

/* Of the URL as libcurl reads it, so that what is checked is what is asked. */
static const char *fault_of(const struct one_click *how, CURLU *u)
{
	char *host = NULL, *port = NULL, *scheme = NULL;
	const char *ret = NULL;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK || strcmp(scheme, "https") != 0)
		ret = "is not HTTPS";
	else if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !is_name(host))
		ret = "has an IP address for a host";
	else if (curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK && strcmp(port, "443") != 0 && !how->loopback)
		ret = "has a port of its own";
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return ret;
}

static bool is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* NULL with the reason for what is not asked; else free with curl_url_cleanup. */
static CURLU *parse(const struct one_click *how, struct slice url, struct err *reterr)
{
	char text[ONE_CLICK_URL_MAX + 1];
	const char *fault = NULL;
	CURLU *u = curl_url();
	CURLUcode rc;

	snprintf(text, sizeof text, "%.*s", SLICE_FMT(slice_sub(url, 0, ONE_CLICK_URL_MAX)));
	if (u == NULL)
		fault = "finds no memory";
	else if (url.n > ONE_CLICK_URL_MAX)
		fault = "is longer than 2000 bytes";
	else if (!is_printable(url))
		fault = "is not printable ASCII";
	else if ((rc = curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER)) != CURLUE_OK)
		fault = rc == CURLUE_USER_NOT_ALLOWED ? "names a user" : "cannot be read";
	else
		fault = fault_of(how, u);
	if (fault == NULL)
		return u;
	err_set(reterr, E_SYNTAX, "its URL %s: \"%.120s\"", fault, text);
	curl_url_cleanup(u);
	return NULL;
}

int one_click_check(const struct one_click *how, struct slice url, struct err *reterr)
{
	CURLU *u = parse(how, url, reterr);

	curl_url_cleanup(u);
	return u == NULL ? E_SYNTAX : E_OK;
}

static struct slice address_text(const struct sockaddr *to, char out[INET6_ADDRSTRLEN])
{
	const void *bytes = to->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)to)->sin_addr
	    : (const void *)&((const struct sockaddr_in6 *)(const void *)to)->sin6_addr;

	if ((to->sa_family != AF_INET && to->sa_family != AF_INET6) || inet_ntop(to->sa_family, bytes, out, INET6_ADDRSTRLEN) == NULL)
		out[0] = '\0';
	return slice_of(out);
}

/* The very address that would be connected to: what a name resolved to before or will resolve to later does not matter. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct attempt *t = arg;
	char room[INET6_ADDRSTRLEN];
	struct slice address = address_text(&to->addr, room);

	if (purpose == CURLSOCKTYPE_IPCXN
	    && (public_address(address) || (t->how->loopback && public_address_is_loopback(address))))
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	t->answer->inside = true;
	snprintf(t->refused, sizeof t->refused, "%s", room);
	return CURL_SOCKET_BAD;
}

/* Nobody reads the answer. */
static size_t count(char *bytes, size_t size, size_t n, void *arg)
{
	struct attempt *t = arg;

	(void)bytes;
	t->bytes += size * n;
	return t->bytes <= ONE_CLICK_ANSWER_MAX ? size * n : 0;
}

static bool set_numbers(CURL *c)
{
	static const struct { CURLoption option; long value; } rows[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 }, { CURLOPT_SSL_VERIFYPEER, 1 }, { CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 }, { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_TIMEOUT_MS, ONE_CLICK_MS }, { CURLOPT_NOSIGNAL, 1 }, { CURLOPT_NETRC, CURL_NETRC_IGNORED },
		/* a resolver that hangs is not waited for */
		{ CURLOPT_QUICK_EXIT, 1 },
		{ CURLOPT_POST, 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (curl_easy_setopt(c, rows[i].option, rows[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool set_texts(CURL *c)
{
	static const struct { CURLoption option; const char *value; } rows[] = {
		{ CURLOPT_PROTOCOLS_STR, "https" }, { CURLOPT_POSTFIELDS, "List-Unsubscribe=One-Click" },
		/* tells nothing about who runs this */
		{ CURLOPT_USERAGENT, "List-Unsubscribe" },
		/* not even one that the environment names */
		{ CURLOPT_PROXY, "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (curl_easy_setopt(c, rows[i].option, rows[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool set_up(CURL *c, CURLU *u, struct attempt *t)
{
	if (t->how->ca != NULL && (curl_easy_setopt(c, CURLOPT_CAINFO, t->how->ca) != CURLE_OK
	    || curl_easy_setopt(c, CURLOPT_CAPATH, NULL) != CURLE_OK))
		return false;
	return set_numbers(c) && set_texts(c) && curl_easy_setopt(c, CURLOPT_CURLU, u) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, count) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_HEADERDATA, t) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, count) == CURLE_OK
	    && curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

static int conclude(const struct attempt *t, CURLcode rc, const char *why, struct err *reterr)
{
	long code = t->answer->code;

	if (t->answer->inside)
		return err_set(reterr, E_IO, "its host is at an address that is never asked: %s", t->refused);
	if (t->bytes > ONE_CLICK_ANSWER_MAX)
		return err_set(reterr, E_LIMIT, "the answer is longer than 64 KiB");
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return err_set(reterr, E_BUSY, "no answer within 5 seconds");
	if (rc != CURLE_OK)
		return err_set(reterr, E_IO, "%.200s", why[0] != '\0' ? why : curl_easy_strerror(rc));
	if (code >= 300 && code < 400)
		return err_set(reterr, E_IO, "the answer is %ld, a redirect, which is not followed", code);
	return code >= 200 && code < 300 ? E_OK : err_set(reterr, E_IO, "the answer is %ld", code);
}

static int ask(CURLU *u, struct attempt *t, struct err *reterr)
{
	char why[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();
	CURLcode rc;
	int ret;

	if (c == NULL || !set_up(c, u, t) || curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why) != CURLE_OK) {
		curl_easy_cleanup(c);
		return err_set(reterr, E_NOMEM, "libcurl does not start");
	}
	rc = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &t->answer->code);
	/* an address that was passed over says nothing once another one answered */
	t->answer->inside = t->answer->inside && rc == CURLE_COULDNT_CONNECT;
	ret = conclude(t, rc, why, reterr);
	curl_easy_cleanup(c);
	return ret;
}

int one_click_post(const struct one_click *how, struct slice url, struct one_click_answer *ret, struct err *reterr)
{
	struct attempt t = { .how = how, .answer = ret };
	CURLU *u;
	int rc;

	*ret = (struct one_click_answer){ 0 };
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(reterr, E_NOMEM, "libcurl does not start");
	u = parse(how, url, reterr);
	rc = u == NULL ? E_SYNTAX : ask(u, &t, reterr);
	curl_url_cleanup(u);
	curl_global_cleanup();
	return rc;
}
