# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # most of it is for those who source it
#
# Reads tools/kernel/hooks and edits the tree's files by it.  Needs
# tools/kernel/env and TREE.

TAB=$(printf '\t')

# read_hooks: calls hook IN WHERE ANCHOR LINE for each one that applies.
read_hooks()
{
	local line key value needs='' in='' where='' anchor=''

	while IFS= read -r line; do
		key=${line%% *} value=${line#* }
		case $key in
		'' | \#*) ;;
		for) needs=$value in='' where='' anchor='' ;;
		in) in=$value ;;
		after | before) anchor=${anchor:+$anchor$'\n'}$value where=$key ;;
		add) [ ! -e "$REPO/$needs" ] || hook "$in" "$where" "$anchor" "$value" ;;
		*) die "tools/kernel/hooks: what is '$key'?" ;;
		esac
	done <"$TOOLS/hooks"
}

# count_line FILE LINE: how often the line is in the tree's file.
count_line()
{
	grep -cxF -e "$2" "$TREE/$1" || true
}

# find_anchor FILE WHERE ANCHOR: prints the number that the new line will have.
# Fails unless the anchor, a line or a block of lines, is there exactly once.
find_anchor()
{
	ANCHOR=$3 awk -v where="$2" '
		BEGIN { n = split(ENVIRON["ANCHOR"], anchor, "\n") }
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR - n + 1; i++) {
				for (j = 1; j <= n && line[i + j - 1] == anchor[j]; j++)
					;
				if (j > n) {
					found++
					at = where == "before" ? i : i + n
				}
			}
			if (found != 1)
				exit 1
			print at
		}' "$TREE/$1"
}

# hook_problem IN WHERE ANCHOR LINE: prints why the hook does not fit, or nothing.
hook_problem()
{
	if [ ! -f "$TREE/$1" ]; then
		echo "there is no such file"
	elif [ "$(count_line "$1" "$4")" != 0 ]; then
		echo "the line to add is there already: '$4'"
	elif ! find_anchor "$1" "$2" "$3" >/dev/null; then
		echo "not there exactly once: '${3//$'\n'/ / }'"
	fi
}

# Replaces a file by stdin, with its mode.  A new file takes the old one's
# place, since the old one may be hard-linked into another tree.
replace_file()
{
	cp -p "$1" "$1.overlay-tmp"
	cat >"$1.overlay-tmp"
	mv "$1.overlay-tmp" "$1"
}

add_line()
{
	local file=$TREE/$1 at

	at=$(find_anchor "$1" "$2" "$3")
	{
		head -n $((at - 1)) "$file"
		printf '%s\n' "$4"
		tail -n "+$at" "$file"
	} | replace_file "$file"
}

remove_line()
{
	local file=$TREE/$1 at

	at=$(grep -nxF -e "$2" "$file" | cut -d: -f1)
	{
		head -n $((at - 1)) "$file"
		tail -n "+$((at + 1))" "$file"
	} | replace_file "$file"
}
