/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "antisales/edge/listen.h"

static const struct listen_conf conf = { 0660, (gid_t)-1 };

static void both_spellings_are_read(void **state)
{
	static const struct { const char *text, *host; int port; const char *told; } rows[] = {
		{ "inet:127.0.0.1:8891", "127.0.0.1", 8891, "inet:127.0.0.1:8891" },
		{ "inet:8891@127.0.0.1", "127.0.0.1", 8891, "inet:127.0.0.1:8891" },
		{ "inet:localhost:1", "localhost", 1, "inet:localhost:1" },
		{ "inet:[::1]:8891", "::1", 8891, NULL },
		{ "inet6:8891@::1", "::1", 8891, NULL },
		{ "inet6:8891@[::1]", "::1", 8891, NULL },
		{ "inet:65535@h.example", "h.example", 65535, NULL },
		{ "inet:0@127.0.0.1", "127.0.0.1", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint e;
		struct err err = { 0 };

		if (endpoint_parse(rows[i].text, &e, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		if (e.is_unix || strcmp(e.host, rows[i].host) != 0 || e.port != rows[i].port)
			fail_msg("row %zu: host %s port %d", i, e.host, e.port);
		if (rows[i].told != NULL)
			assert_string_equal(e.text, rows[i].told);
	}
}

static void unix_paths_are_read(void **state)
{
	static const char *const rows[] = { "unix:/run/a.sock", "local:/run/a.sock", "/run/a.sock" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint e;
		struct err err = { 0 };

		if (endpoint_parse(rows[i], &e, &err) < 0 || !e.is_unix || strcmp(e.path, "/run/a.sock") != 0
		    || strcmp(e.text, "unix:/run/a.sock") != 0)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void bad_ones_are_refused(void **state)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "inet:8891", "host is missing" },
		{ "inet:8891@", "host is missing" },
		{ "inet::8891", "host is missing" },
		{ "inet:", "host is missing" },
		{ "inet:127.0.0.1:99999", "port" },
		{ "inet:99999@127.0.0.1", "port" },
		{ "inet:65536@127.0.0.1", "port" },
		{ "inet:-1@127.0.0.1", "port" },
		{ "inet:smtp@127.0.0.1", "port" },
		{ "inet:127.0.0.1:", "port" },
		{ "inet:127.0.0.1:+25", "port" },
		{ "inet:@127.0.0.1", "port" },
		{ "unix:relative", "begin with /" },
		{ "unix:", "begin with /" },
		{ "tcp:127.0.0.1:25", "unknown kind" },
		{ "", "unknown kind" },
		{ "8891", "unknown kind" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint e;
		struct err err = { 0 };

		if (endpoint_parse(rows[i].text, &e, &err) != E_SYNTAX || !contains(err.text, rows[i].why))
			fail_msg("row %zu: \"%s\" gave \"%s\"", i, rows[i].text, err.text);
	}
}

static void a_path_has_at_most_107_bytes(void **state)
{
	char text[200] = "unix:/";
	struct endpoint e;
	struct err err = { 0 };

	(void)state;
	memset(text + 6, 'a', 106);
	assert_ok(endpoint_parse(text, &e, &err), err);
	text[6 + 106] = 'a';
	assert_int_equal(endpoint_parse(text, &e, &err), E_SYNTAX);
	assert_contains(err.text, "108 bytes");
}

static struct endpoint unix_in(const char *dir, const char *name)
{
	char text[5000];
	struct endpoint e;
	struct err err = { 0 };

	snprintf(text, sizeof text, "unix:%s/%s", dir, name);
	assert_ok(endpoint_parse(text, &e, &err), err);
	return e;
}

static int listen_ok(const struct endpoint *e, const struct listen_conf *c)
{
	struct err err = { 0 };
	int fd = -1;

	assert_ok(endpoint_listen(e, c, &fd, &err), err);
	return fd;
}

static void the_mode_is_set_whatever_the_umask(void **state)
{
	static const unsigned modes[] = { 0600, 0660, 0666 };
	static const mode_t masks[] = { 0, 022, 077 };

	for (size_t i = 0; i < COUNT(modes) * COUNT(masks); i++) {
		struct endpoint e = unix_in(*state, "s");
		struct listen_conf c = { modes[i % COUNT(modes)], (gid_t)-1 };
		mode_t old = umask(masks[i / COUNT(modes)]);
		int fd = listen_ok(&e, &c);
		struct stat st;

		umask(old);
		assert_int_equal(stat(e.path, &st), 0);
		if ((st.st_mode & 07777) != c.mode)
			fail_msg("row %zu: mode %o", i, st.st_mode & 07777);
		close(fd);
	}
}

static void the_group_is_set(void **state)
{
	struct endpoint e = unix_in(*state, "s");
	struct listen_conf c = { 0660, getgid() };
	int fd = listen_ok(&e, &c);
	struct stat st;

	assert_int_equal(stat(e.path, &st), 0);
	assert_int_equal(st.st_gid, getgid());
	close(fd);
}

static void a_dead_socket_is_replaced(void **state)
{
	struct endpoint e = unix_in(*state, "s");

	close(listen_ok(&e, &conf));
	assert_int_equal(access(e.path, F_OK), 0);
	close(listen_ok(&e, &conf));
}

static void a_live_socket_is_left_alone(void **state)
{
	struct endpoint e = unix_in(*state, "s");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct err err = { 0 };
	int first = listen_ok(&e, &conf), second = -1, client;

	assert_int_equal(endpoint_listen(&e, &conf, &second, &err), E_BUSY);
	assert_contains(err.text, "another daemon");
	memcpy(sa.sun_path, e.path, sizeof sa.sun_path);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (const struct sockaddr *)&sa, sizeof sa), 0);
	close(client);
	close(first);
}

static void other_files_are_left_alone(void **state)
{
	struct endpoint file = unix_in(*state, "file"), link = unix_in(*state, "link"), dir = unix_in(*state, ".");
	const struct endpoint *const rows[] = { &file, &link, &dir };
	char *text;

	file_make(*state, "file", "precious");
	assert_int_equal(symlink("file", link.path), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = { 0 };
		int fd = -1;

		if (endpoint_listen(rows[i], &conf, &fd, &err) != E_IO)
			fail_msg("row %zu: %s", i, err.text);
	}
	text = file_text(file.path, NULL);
	assert_string_equal(text, "precious");
	free(text);
}

static void a_link_to_a_socket_is_no_socket(void **state)
{
	struct endpoint e = unix_in(*state, "s"), link = unix_in(*state, "link");
	struct err err = { 0 };
	int fd = listen_ok(&e, &conf), other = -1;

	close(fd);
	assert_int_equal(symlink("s", link.path), 0);
	assert_int_equal(endpoint_listen(&link, &conf, &other, &err), E_IO);
	assert_int_equal(access(e.path, F_OK), 0);
}

static void a_missing_folder_is_told(void **state)
{
	struct endpoint e = unix_in(*state, "nothing/s");
	struct err err = { 0 };
	int fd = -1;

	assert_int_equal(endpoint_listen(&e, &conf, &fd, &err), E_IO);
	assert_contains(err.text, "No such file");
}

static void inet_sockets_do_not_wait_for_acknowledgements(void **state)
{
	struct endpoint e;
	struct err err = { 0 };
	struct sockaddr_in sa;
	socklen_t n = sizeof sa;
	int fd, on = 0, client, accepted;

	(void)state;
	assert_ok(endpoint_parse("inet:127.0.0.1:0", &e, &err), err);
	fd = listen_ok(&e, &conf);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	assert_int_equal(sa.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (const struct sockaddr *)&sa, sizeof sa), 0);
	accepted = accept(fd, NULL, NULL);
	n = sizeof on;
	assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	assert_true(on != 0);
	close(accepted);
	close(client);
	close(fd);
}

static void a_port_in_use_is_told(void **state)
{
	struct endpoint e;
	struct err err = { 0 };
	struct sockaddr_in sa;
	socklen_t n = sizeof sa;
	int fd, second = -1;

	(void)state;
	assert_ok(endpoint_parse("inet:127.0.0.1:0", &e, &err), err);
	fd = listen_ok(&e, &conf);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	e.port = ntohs(sa.sin_port);
	assert_int_equal(endpoint_listen(&e, &conf, &second, &err), E_BUSY);
	close(fd);
}

static void a_host_that_is_none_is_told(void **state)
{
	struct endpoint e;
	struct err err = { 0 };
	int fd = -1;

	(void)state;
	assert_ok(endpoint_parse("inet:256.1.1.1.invalid:25", &e, &err), err);
	assert_int_equal(endpoint_listen(&e, &conf, &fd, &err), E_IO);
}

static void only_our_own_inherited_socket_counts(void **state)
{
	char pid[32];

	(void)state;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	assert_int_equal(listen_inherited(), -1);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	assert_int_equal(listen_inherited(), -1);
	setenv("LISTEN_FDS", "0", 1);
	assert_int_equal(listen_inherited(), -1);
	setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(listen_inherited(), 3);
	setenv("LISTEN_PID", "1", 1);
	assert_int_equal(listen_inherited(), -1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_spellings_are_read),
		cmocka_unit_test(unix_paths_are_read),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(a_path_has_at_most_107_bytes),
		IN_FOLDER(the_mode_is_set_whatever_the_umask),
		IN_FOLDER(the_group_is_set),
		IN_FOLDER(a_dead_socket_is_replaced),
		IN_FOLDER(a_live_socket_is_left_alone),
		IN_FOLDER(other_files_are_left_alone),
		IN_FOLDER(a_link_to_a_socket_is_no_socket),
		IN_FOLDER(a_missing_folder_is_told),
		cmocka_unit_test(inet_sockets_do_not_wait_for_acknowledgements),
		cmocka_unit_test(a_port_in_use_is_told),
		cmocka_unit_test(a_host_that_is_none_is_told),
		cmocka_unit_test(only_our_own_inherited_socket_counts),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
