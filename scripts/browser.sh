#!/usr/bin/env bash
# Install Debian's chromium and a CJK font if they are missing, and print the browser's path.
# Without the rights to install, say what is missing and exit 3: browser tests then skip.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)

if ((${#missing[@]})); then
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "browser tests need: ${missing[*]} (on Debian: apt-get install ${missing[*]})" >&2
    exit 3
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends fontconfig "${missing[@]}" >&2
fi
command -v chromium
