#!/bin/sh
# Make the virtual environment: scripts/venv.sh FOLDER [PYTHON]
set -eu
folder=${1:?a folder is required}
wanted=${2:-}

works() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

for candidate in $wanted python3 python3.13 python3.12 python3.11 python3.14; do
    if works "$candidate"; then
        "$candidate" -c 'import sys; print("Python", sys.version.split()[0], sys.executable)'
        "$candidate" -m venv --clear "$folder"
        exit 0
    fi
done

cat >&2 <<'TEXT'
没有找到可用的 Python：需要 Python 3.11 或更高版本，并带有 venv 模块。
  Debian/Ubuntu：apt-get install python3 python3-venv；或指定解释器：make PYTHON=/路径/python3.12 …
No usable Python was found. Required: Python 3.11 or later, with the venv module.
  Debian/Ubuntu: apt-get install python3 python3-venv, or name one: make PYTHON=/path/python3.12 …
TEXT
exit 1
