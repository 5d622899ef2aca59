#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every story of test/replays through "antisales simulate": one TAP line each.
src=${srcdir:-.}
n=0
set -- "$src"/test/replays/*.replay
echo "1..$#"
for story; do
	n=$((n + 1))
	if out=$(milter/antisales simulate --quiet "$story" 2>&1); then
		echo "ok $n - ${story##*/}"
	else
		echo "$out" | sed 's/^/# /' | head -n 30
		echo "not ok $n - ${story##*/}"
	fi
done
