# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Brings a tree from what its manifest says to what is wanted: everything in
# it for link, nothing for unlink.  All checks come before the first change.
# Needs tools/kernel/env.
#
# The manifest lists what is ours in the tree, one entry a line, fields
# separated by tabs:
#
#	dir	PATH		a directory made for links
#	link	PATH		a link to the overlay's file of the same path
#	hook	FILE	LINE	a line added to a file of the tree

# shellcheck source=tools/kernel/hooks.sh
. "$TOOLS/hooks.sh"

TREE=$(realpath -m "${1:-$KDIR}")
MANIFEST=$TREE/.rust-spi-overlay

[ -f "$TREE/Kbuild" ] && [ -d "$TREE/drivers/spi" ] || die "$TREE is not a kernel tree"
lock_tree "$TREE"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
had=$work/had want=$work/want
touch "$want"
if [ -f "$MANIFEST" ]; then cp "$MANIFEST" "$had"; else touch "$had"; fi

# Entries as keys, since they are looked up for every file.
declare -A HAD=() WANT=()
while IFS= read -r entry; do
	HAD[$entry]=y
done <"$had"

ours() { [ -n "${HAD[$1]:-}" ]; }
wanted() { [ -n "${WANT[$1]:-}" ]; }

# The overlay's files that go into a tree, by their paths in both.
overlay_files()
{
	local dirs=() dir

	cd "$REPO" || return
	for dir in rust drivers include samples Documentation tools/testing/selftests; do
		[ ! -d $dir ] || dirs+=("$dir")
	done
	[ ${#dirs[@]} != 0 ] || return 0

	if [ -e .git ]; then
		repo_git ls-files -co --exclude-standard -- "${dirs[@]}"
	else
		find "${dirs[@]}" -type f
	fi | sort -u | while IFS= read -r file; do
		# git also lists what was deleted.
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}

want_links()
{
	local file dir

	overlay_files >"$work/files"
	while IFS= read -r file; do
		printf 'link\t%s\n' "$file"
		dir=$(dirname "$file")
		while [ "$dir" != . ]; do
			if [ ! -d "$TREE/$dir" ] || ours "dir$TAB$dir"; then
				printf 'dir\t%s\n' "$dir"
			fi
			dir=$(dirname "$dir")
		done
	done <"$work/files" >>"$want"
}

want_hooks()
{
	hook() { printf 'hook\t%s\t%s\n' "$1" "$4" >>"$want"; }
	read_hooks
}

want_all()
{
	local entry

	want_links
	want_hooks
	sort -u -o "$want" "$want"
	while IFS= read -r entry; do
		WANT[$entry]=y
	done <"$want"
}

# Refuses before anything is changed.
check_links()
{
	local kind path

	while IFS=$TAB read -r kind path; do
		[ -e "$TREE/$path" ] || [ -L "$TREE/$path" ] || continue
		if [ "$kind" = dir ]; then
			[ -d "$TREE/$path" ] ||
				die "$path is in the way: it has to be a directory"
		elif [ "$kind" = link ]; then
			ours "link$TAB$path" && [ -L "$TREE/$path" ] ||
				die "$path is in the way: the tree has a file of its own there"
		fi
	done <"$want"
}

check_hooks()
{
	local problem

	hook()
	{
		if ours "hook$TAB$1$TAB$4" && [ "$(count_line "$1" "$4")" = 1 ]; then
			return
		fi
		problem=$(hook_problem "$@")
		[ -z "$problem" ] || die "the overlay does not fit this tree: $1: $problem"
	}
	read_hooks
}

check_removal()
{
	local kind path line

	while IFS=$TAB read -r kind path line; do
		[ "$kind" = hook ] && [ -f "$TREE/$path" ] || continue
		! wanted "hook$TAB$path$TAB$line" || continue
		[ "$(count_line "$path" "$line")" -le 1 ] ||
			die "$path: '$line' is there more than once: remove the overlay's by hand"
	done <"$had"
}

remove_stale()
{
	local kind path line

	# In reverse order a directory comes after what is in it.
	sort -r "$had" | while IFS=$TAB read -r kind path line; do
		! wanted "$kind$TAB$path${line:+$TAB$line}" || continue
		case $kind in
		link) [ ! -L "$TREE/$path" ] || rm "$TREE/$path" ;;
		dir) rmdir "$TREE/$path" 2>/dev/null || true ;;
		hook) [ "$(count_line "$path" "$line")" != 1 ] || remove_line "$path" "$line" ;;
		esac
	done
}

add_missing()
{
	local kind path

	while IFS=$TAB read -r kind path; do
		[ "$kind" = link ] || continue
		[ "$(readlink "$TREE/$path")" != "$REPO/$path" ] || continue
		mkdir -p "$(dirname "$TREE/$path")"
		ln -sfn "$REPO/$path" "$TREE/$path"
	done <"$want"

	hook() { [ "$(count_line "$1" "$4")" = 1 ] || add_line "$@"; }
	read_hooks
}

# While the tree is being changed, the manifest lists all that may be ours, so
# that an interrupted run can be finished or undone.
write_manifest()
{
	[ -f "$MANIFEST" ] && cmp -s "$1" "$MANIFEST" || cp "$1" "$MANIFEST"
}
