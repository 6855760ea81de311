#!/bin/sh
# Gather the wheels of an offline install, and the project's own: scripts/wheels.sh PYTHON FOLDER
# The folder then installs anywhere with the same Python and platform, without any network:
#   pip install --no-index --find-links FOLDER --require-hashes --no-deps -r FOLDER/requirements.txt
#   pip install --no-index --find-links FOLDER --no-deps qundao
set -eu
python=${1:?a python is required}
folder=${2:?a folder is required}

mkdir -p "$folder"
"$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --dest "$folder" -r requirements/demo.txt
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir "$folder" .
cp requirements/demo.txt "$folder/requirements.txt"
echo "$(find "$folder" -name '*.whl' | wc -l) wheels in $folder"
