#!/bin/sh
# A throw-away PostgreSQL cluster for tests, on a Unix socket of its own.
#
#   scripts/postgresql.sh start DIR   install if missing, make and start a cluster, print its URL
#   scripts/postgresql.sh stop DIR    stop it and remove DIR
#   scripts/postgresql.sh run CMD…    start, run CMD with QUNDAO_DATABASE_URL set, stop
#
# PostgreSQL refuses to run as root, so a caller who is root borrows the account `postgres`.
set -eu

main() {
    case "${1:-}" in
        start) start "${2:?a folder is required}" ;;
        stop) stop "${2:?a folder is required}" ;;
        run) shift && run "$@" ;;
        *) sed -n '2,8p' "$0" >&2 && exit 2 ;;
    esac
}

programs() {
    for found in /usr/lib/postgresql/*/bin; do
        [ -x "$found/initdb" ] && echo "$found" && return
    done
    command -v initdb >/dev/null && dirname "$(readlink -f "$(command -v initdb)")"
}

install_if_missing() {
    [ -n "$(programs)" ] && return
    # Debian would start a cluster of its own; nobody wants that one.
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >&2
}

unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

start() {
    install_if_missing
    bin=$(programs)
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    [ "$(id -u)" = 0 ] && chown postgres "$dir" && chmod 711 "$dir"
    if [ ! -d "$dir/data" ]; then
        unprivileged "$bin/initdb" -D "$dir/data" -U qundao -A trust -E UTF8 --locale=C.UTF-8 \
            >"$dir.initdb.log" 2>&1 || { cat "$dir.initdb.log" >&2 && exit 1; }
        rm -f "$dir.initdb.log"
    fi
    unprivileged "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/data/server.log" \
        -o "-c listen_addresses='' -c unix_socket_directories='$dir' -c max_connections=200 -c fsync=off" \
        start >&2
    unprivileged "$bin/createdb" -h "$dir" -U qundao qundao 2>/dev/null || true
    echo "postgresql://qundao@/qundao?host=$dir"
}

stop() {
    dir=$(cd "$1" && pwd)
    unprivileged "$(programs)/pg_ctl" -D "$dir/data" -w -m fast stop >&2
    rm -rf "$dir"
}

run() {
    folder=$(mktemp -d)
    trap 'stop "$folder"' EXIT
    QUNDAO_DATABASE_URL=$(start "$folder")
    export QUNDAO_DATABASE_URL
    "$@"
}

main "$@"
