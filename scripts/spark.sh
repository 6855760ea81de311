#!/usr/bin/env bash
# Install Debian's Java if none is here that Spark can use (17 or later), and print its home.
# Without the rights to install, say what is missing and exit 3: tests on Spark then skip.
set -euo pipefail

least=17

usable() {
  local java=$1
  [[ -x $java ]] || return 1
  local version
  version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [[ ${version:-0} -ge $least ]]
}

find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    if usable "$candidate"; then
      dirname "$(dirname "$(readlink -f "$candidate")")"
      return
    fi
  done
  return 1
}

if ! find_java; then
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "tests on Spark need Java $least (on Debian: apt-get install openjdk-17-jre-headless)" >&2
    exit 3
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >&2 ||
    apt-get install -y -qq --no-install-recommends default-jre-headless >&2
  find_java
fi
