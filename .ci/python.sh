#!/bin/sh
# Makes the project's virtual environment: .ci/python.sh PYTHON FOLDER
set -eu
python=$1
folder=$2
apt_install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
    else
        echo "citywatch needs: $* (as root: apt-get install $*)" >&2
        exit 1
    fi
}
if ! command -v "$python" >/dev/null; then
    if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=python3
    else
        apt_install python3 python3-venv
        python=python3
    fi
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
"$python" -m venv "$folder"
# Dependency groups need pip 25.1.
"$folder/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
