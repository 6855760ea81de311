#!/bin/sh
# Compile requirements/*.txt from pyproject.toml: exact pins with hashes, for every platform and
# Python from 3.11 on, and no address of any package index: scripts/lock.sh UV
set -eu
uv=${1:?uv is required}

compile() {
    "$uv" pip compile pyproject.toml requirements/build.in --extra "$1" \
        --universal --python-version 3.11 --generate-hashes --quiet \
        --no-header --no-emit-index-url --no-emit-find-links --annotation-style line \
        --output-file "requirements/$1.txt"
}

compile demo
compile dev
compile spark
