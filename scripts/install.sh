#!/bin/sh
# Install the pins of a requirements file, each held to its hash, then the project itself in
# place: scripts/install.sh PYTHON REQUIREMENTS. Addresses come from the machine's pip settings.
set -eu
python=${1:?a python is required}
requirements=${2:?a requirements file is required}

echo "安装依赖（首次约需几分钟）/ installing $requirements (a few minutes the first time)" >&2
"$python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --no-deps -r "$requirements"
"$python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation -e .
