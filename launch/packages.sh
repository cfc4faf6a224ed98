#!/bin/sh
# Install missing Debian packages: packages.sh [--or-skip] PACKAGE ...
# Without root, print the command to type and fail, or with --or-skip go on.
set -eu
skip=
[ "$1" != --or-skip ] || { skip=yes; shift; }

missing=
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    echo "Installing Debian packages:$missing"
    # Unquoted, for it is a list.
    # shellcheck disable=SC2086
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing; } >/dev/null &&
        exit 0
fi
echo "Not installed:$missing. On Debian: sudo apt-get install$missing" >&2
[ -n "$skip" ]
