#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# No external symbol of our programs may have the name of one that libmilter exports (hazard 36).
# TAP; BUILD is the build folder.

build=${BUILD:-.}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

libmilter() {
	ldd "$1" 2>/dev/null | sed -n 's/.*libmilter[^ ]* => \([^ ]*\).*/\1/p'
}

# Names that a shared object defines for others.
exported() {
	nm -D --defined-only "$1" | awk '$2 ~ /[A-Z]/ { sub(/@.*/, "", $3); print $3 }' | sort -u
}

# The loader's own marks, which every program has.
ours() {
	exported "$1" | grep -vxE '_init|_fini|_edata|_end|__bss_start|__data_start|data_start|_start|main|_IO_stdin_used|__(asan|ubsan|tsan|sanitizer|lsan|interceptor|gcov).*'
}

echo 1..3
library=$(libmilter "$build/milter/antisalesd")
if [ -z "$library" ]; then
	echo "not ok 1 - $build/milter/antisalesd is linked with libmilter"
	exit 1
fi
exported "$library" > "$tmp/library"
if [ -s "$tmp/library" ]; then
	echo "ok 1 - libmilter exports $(wc -l < "$tmp/library") names"
else
	echo "not ok 1 - cannot read the names of $library"
fi
n=1
for program in antisalesd antisales; do
	n=$((n + 1))
	ours "$build/milter/$program" > "$tmp/ours"
	comm -12 "$tmp/library" "$tmp/ours" > "$tmp/both"
	if [ -s "$tmp/both" ]; then
		echo "not ok $n - $program shares names with libmilter"
		sed 's/^/# /' "$tmp/both"
	else
		echo "ok $n - $program exports $(wc -l < "$tmp/ours") names, none of libmilter's"
	fi
done
