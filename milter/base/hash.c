/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hash_init(struct err *reterr)
{
	return sodium_init() < 0 ? err_set(reterr, E_IO, "libsodium finds no source of randomness") : E_OK;
}

struct hash hash_keyed(const struct site_key *key, const struct slice *parts, size_t count)
{
	crypto_generichash_state st;
	struct hash h;

	crypto_generichash_init(&st, key->bytes, sizeof key->bytes, sizeof h.bytes);
	for (size_t i = 0; i < count; i++) {
		unsigned char n[4] = {
			(unsigned char)(parts[i].n >> 24), (unsigned char)(parts[i].n >> 16),
			(unsigned char)(parts[i].n >> 8), (unsigned char)parts[i].n,
		};

		crypto_generichash_update(&st, n, sizeof n);
		crypto_generichash_update(&st, (const unsigned char *)parts[i].p, parts[i].n);
	}
	crypto_generichash_final(&st, h.bytes, sizeof h.bytes);
	return h;
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct sha256), "the state of SHA-256 has no room");

void sha256_begin(struct sha256 *h)
{
	crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h->room);
}

void sha256_add(struct sha256 *h, struct slice s)
{
	crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)h->room, (const unsigned char *)s.p, s.n);
}

char *sha256_end(struct sha256 *h, char *out)
{
	unsigned char bytes[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h->room, bytes);
	return sodium_bin2hex(out, SHA256_TEXT, bytes, sizeof bytes);
}

static int key_create(const char *path, struct site_key *ret, struct err *reterr)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(reterr, E_IO, "cannot create site key %s: %s", path, strerror(errno));
	randombytes_buf(ret->bytes, sizeof ret->bytes);
	if (write(fd, ret->bytes, sizeof ret->bytes) != (ssize_t)sizeof ret->bytes || fsync(fd) < 0) {
		err_set(reterr, E_IO, "cannot write site key %s: %s", path, strerror(errno));
		unlink(path);
		close(fd);
		return E_IO;
	}
	close(fd);
	return E_OK;
}

static int key_read(int fd, const char *path, struct site_key *ret, struct err *reterr)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(reterr, E_IO, "site key %s is no regular file", path);
	if ((st.st_mode & 077) != 0)
		return err_set(reterr, E_IO, "site key %s is open to others: chmod 600 %s", path, path);
	if (st.st_size != (off_t)sizeof ret->bytes || read(fd, ret->bytes, sizeof ret->bytes) != (ssize_t)sizeof ret->bytes)
		return err_set(reterr, E_IO, "site key %s is not %zu bytes long; restore it from the backup "
		    "of the store it belongs to", path, sizeof ret->bytes);
	return E_OK;
}

int site_key_load(const char *path, bool make, struct site_key *ret, struct err *reterr)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return make ? key_create(path, ret, reterr)
		    : err_set(reterr, E_ABSENT, "there is no site key %s, so nothing is remembered there", path);
	if (fd < 0)
		return err_set(reterr, E_IO, "cannot read site key %s: %s", path, strerror(errno));
	rc = key_read(fd, path, ret, reterr);
	close(fd);
	return rc;
}

void random_bytes(void *out, size_t n)
{
	randombytes_buf(out, n);
}

char *random_id(char *out)
{
	static const char alphabet[33] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char raw[ID_TEXT - 1];

	randombytes_buf(raw, sizeof raw);
	for (size_t i = 0; i < sizeof raw; i++)
		out[i] = alphabet[raw[i] % 32];
	out[sizeof raw] = '\0';
	return out;
}

static uint32_t crc_by_table(uint32_t crc, const unsigned char *p, size_t n)
{
	/* the remainders of the sixteen half bytes */
	static const uint32_t half[16] = {
		0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
		0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
	};

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = (crc >> 4) ^ half[crc & 15];
		crc = (crc >> 4) ^ half[crc & 15];
	}
	return crc;
}

#ifdef __x86_64__
/* Every record read or written goes through here, and most processors of this kind have an instruction for it. */
__attribute__((target("sse4.2")))
static uint32_t crc_by_instruction(uint32_t crc, const unsigned char *p, size_t n)
{
	uint64_t word, wide = crc;

	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (; n > 0; p++, n--)
		crc = __builtin_ia32_crc32qi(crc, *p);
	return crc;
}
#endif

uint32_t crc32c(const void *data, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_by_instruction(UINT32_MAX, data, n);
#endif
	return ~crc_by_table(UINT32_MAX, data, n);
}

uint32_t crc32c_plain(const void *data, size_t n)
{
	return ~crc_by_table(UINT32_MAX, data, n);
}
