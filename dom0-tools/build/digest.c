/* digest.c - whether a file is the one that was meant */
#include <errno.h>
/*
 * The plain functions, which OpenSSL 3 would rather see replaced by its framework of providers:
 * that would make the program, which is linked statically, five times as large.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "image.h"

int digest_check(const char *what, const char *path, const uint8_t *bytes, size_t len, const uint8_t sha256[32])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	unsigned int n;
	char text[65];
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, bytes, len);
	SHA256_Final(digest, &ctx);
	if (!memcmp(digest, sha256, 32))
		return 0;
	for (n = 0; n < 32; n++)
		sprintf(text + 2 * n, "%02x", digest[n]);
	return plinth_fail(EBADMSG, "%s %s is not the file that %s_sha256 names: its SHA-256 is %s", what, path, what,
			   text);
}
