#!/bin/sh
# Make a virtual environment, or say what is missing and how to install it: venv.sh PYTHON FOLDER
set -eu
python=$1 folder=$2

missing() {
    echo "Kinolenta needs $1. On Debian: sudo apt-get install $2" >&2
    exit 1
}

command -v "$python" >/dev/null || missing "Python 3.11 or newer ($python is not there)" python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Kinolenta needs Python 3.11 or newer; $python is $("$python" -V 2>&1)." \
        "Name another one: make PYTHON=python3.11 ..." >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing "Python's venv" python3-venv
# LightFM is compiled here.
command -v gcc >/dev/null || missing gcc gcc
"$python" -c 'import os, sysconfig as s; open(os.path.join(s.get_path("include"), "Python.h"))' \
    2>/dev/null || missing "Python's headers" python3-dev

"$python" -m venv "$folder"
