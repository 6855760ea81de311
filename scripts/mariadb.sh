#!/bin/sh
# A throw-away MariaDB server for tests, on a Unix socket of its own.
#
#   scripts/mariadb.sh start DIR   install if missing, make and start a server, print its URL
#   scripts/mariadb.sh stop DIR    stop it and remove DIR
#   scripts/mariadb.sh run CMD…    start, run CMD with QUNDAO_MARIADB_URL set, stop
#
# MariaDB should not run as root, so a caller who is root borrows the account `mysql`.
set -eu

main() {
    case "${1:-}" in
        start) start "${2:?a folder is required}" ;;
        stop) stop "${2:?a folder is required}" ;;
        run) shift && run "$@" ;;
        *) sed -n '2,8p' "$0" >&2 && exit 2 ;;
    esac
}

program() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1"
}

install_if_missing() {
    program mariadbd >/dev/null && return
    apt-get update -qq >&2
    # Debian would start a server of its own; nobody wants that one.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server >&2
    rm -f /usr/sbin/policy-rc.d
}

unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u mysql -- "$@"
    else
        "$@"
    fi
}

start() {
    install_if_missing
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    [ "$(id -u)" = 0 ] && chown mysql "$dir" && chmod 711 "$dir"
    if [ ! -d "$dir/data" ]; then
        unprivileged "$(program mariadb-install-db)" --no-defaults --datadir="$dir/data" \
            --auth-root-authentication-method=normal --skip-test-db >"$dir.install.log" 2>&1 ||
            { cat "$dir.install.log" >&2 && exit 1; }
        rm -f "$dir.install.log"
    fi
    serve "$dir" &
    wait_until_up "$dir"
    mariadb --no-defaults --socket="$dir/socket" -u root \
        -e "CREATE DATABASE IF NOT EXISTS qundao CHARACTER SET utf8mb4"
    echo "mariadb://root@localhost/qundao?unix_socket=$dir/socket"
}

serve() {
    # All of the caller's files are let go of: $(start …) waits until they are closed.
    exec >"$1/data/server.log" 2>&1 </dev/null
    unprivileged "$(program mariadbd)" --no-defaults --datadir="$1/data" --socket="$1/socket" \
        --pid-file="$1/pid" --skip-networking --character-set-server=utf8mb4 \
        --sql-mode= --innodb-flush-log-at-trx-commit=0
}

wait_until_up() {
    tries=0
    until mariadb-admin --no-defaults --socket="$1/socket" -u root ping >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -gt 120 ] && cat "$1/data/server.log" >&2 && exit 1
        sleep 0.5
    done
}

stop() {
    dir=$(cd "$1" && pwd)
    mariadb-admin --no-defaults --socket="$dir/socket" -u root shutdown >&2
    rm -rf "$dir"
}

run() {
    folder=$(mktemp -d)
    trap 'stop "$folder"' EXIT
    QUNDAO_MARIADB_URL=$(start "$folder")
    export QUNDAO_MARIADB_URL
    "$@"
}

main "$@"
