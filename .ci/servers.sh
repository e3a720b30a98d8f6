#!/bin/sh
# Installs the Debian packages that the tests need: .ci/servers.sh PACKAGE:PROGRAM-OR-FILE ...
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
for pair in "$@"; do
    program=${pair#*:}
    command -v "$program" >/dev/null || [ -e "$program" ] || missing="$missing ${pair%%:*}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need these Debian packages:$missing (as root: apt-get install$missing)" >&2
    exit 1
fi
echo "Installing$missing"
# A policy that forbids starting them: the tests start their own, on free loopback ports.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
