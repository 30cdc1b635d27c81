# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packages from suites that the host does not use, without touching the host's
# own apt configuration.  Needs tools/kernel/env.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

debian_codename()
{
	# shellcheck disable=SC1091 # the host's
	. /etc/os-release && echo "${VERSION_CODENAME:-none}"
}

# The mirror that the host itself uses for Debian.
debian_mirror()
{
	local codename

	command -v apt-get >/dev/null || return 1
	codename=$(debian_codename)
	# shellcheck disable=SC2016 # these are apt's
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v codename="$codename" '
			$2 == "main" && ($1 == codename || $1 ~ /^(old)*stable$/) {
				print $3
				exit
			}' | grep .
}

# private_apt SUITE ARCH ARGUMENT...: apt-get that sees nothing but SUITE.
# The archive's signatures are checked as always.
private_apt()
{
	local suite=$1 arch=$2 dir=$CACHE/apt/$1-$2 mirror
	shift 2

	[ -r $KEYRING ] || die "$KEYRING is missing: install debian-archive-keyring"
	mirror=$(debian_mirror) || die "this host has no Debian mirror among its apt sources"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=$KEYRING] $mirror $suite main" >"$dir/sources.list"

	apt-get -q -o Dir::Etc::SourceList="$dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" "$@"
}
