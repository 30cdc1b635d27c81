# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tools say and how: one-line errors, steps with elapsed time, and
# commands whose output goes to a log file.  Sourced by tools/kernel/env.

die()
{
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# A path as the user would type it from the top of the repository.
short()
{
	printf '%s' "${1#"$REPO"/}"
}

# In a container the checkout often belongs to another user.
repo_git()
{
	git -C "$REPO" -c safe.directory="$REPO" -c core.quotePath=off "$@"
}

# 80 -> 1m20s
duration()
{
	if [ "$1" -lt 60 ]; then
		printf '%ds' "$1"
	else
		printf '%dm%02ds' $(($1 / 60)) $(($1 % 60))
	fi
}

# version_ge A B: is version A at least B?
version_ge()
{
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# lock_build NAME: one build of that name at a time, until this shell ends.
lock_build()
{
	mkdir -p "$BUILD"
	exec 8>"$BUILD/.$1.lock"
	flock -n 8 || { echo "$1: waiting for another build"; flock 8; }
}

# lock_tree TREE: one that changes the tree at a time, until this shell ends.  It
# is a file of the tree that is locked, as no file of ours may stay there; one
# that is not replaced when a hook's line is added.
lock_tree()
{
	exec 7>>"$1/Kbuild"
	flock 7
}

# start LOG COMMAND...: runs COMMAND in the background, in a process group of
# its own so that all of it can be stopped, and sets PID.
start()
{
	local log=$1
	shift

	set -m
	"$@" >"$log" 2>&1 </dev/null &
	PID=$!
	set +m
}

# wait_for LABEL: shows LABEL and the elapsed time until the command started
# ends, and returns its status.  A terminal gets one line that counts; a file
# gets one line a minute, so that a long step is not mistaken for a hang.
wait_for()
{
	local label=$1 begin=$SECONDS last=0 now

	# An interrupted script must not leave a build running behind it.
	trap 'kill -- "-$PID"; exit 130' INT TERM
	while kill -0 "$PID" 2>/dev/null; do
		now=$((SECONDS - begin))
		if [ -t 1 ]; then
			printf '\r%s … %s ' "$label" "$(duration $now)"
		elif [ $((now - last)) -ge 60 ]; then
			printf '%s … %s\n' "$label" "$(duration $now)"
			last=$now
		fi
		sleep 0.2
	done
	trap - INT TERM
	[ ! -t 1 ] || printf '\r'
	printf '%s … %s\n' "$label" "$(duration $((SECONDS - begin)))"
	wait "$PID"
}

# The lines of a log that explain a failure: what looks like an error, or
# else the end.
explain()
{
	local word='error|Error|ERROR|E:|fatal|undefined reference|\*\*\*'

	grep -aE -A 4 --no-group-separator "(^|[^[:alnum:]_])($word)([:[ ]|\$)" "$1" |
		grep -aEv '^make(\[[0-9]+\])?: |^$' | tail -n 15 >"$1.err" || true
	[ -s "$1.err" ] || tail -n 15 "$1" >"$1.err"
	sed 's/^/    /' "$1.err" >&2
	rm -f "$1.err"
}

# logged NAME LABEL COMMAND...: runs COMMAND with its output in the log NAME.
# On failure shows the telling lines and returns nonzero.
logged()
{
	local log=$LOG/$1.log label=$2
	shift 2

	mkdir -p "$LOG"
	start "$log" "$@"
	wait_for "$label" && return
	explain "$log"
	printf 'error: %s failed, full log: %s\n' "$label" "$(short "$log")" >&2
	return 1
}
