# SPDX-License-Identifier: Apache-2.0
# Source it behind lib.sh for a PostgreSQL server of this test's own, reached by a socket in $pg: pg_needs, then pg_start; pg_stop at the end.
pg=
pgbin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

as_postgres() { # the server refuses to run as root
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}
psql() { as_postgres "$pgbin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg" -d mail "$@"; }
pg_needs() { [ -x "$pgbin/initdb" ] && { [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1; }; }
# pg_start: with the database mail, empty, in $work/pg.
pg_start() {
    pg=$work/pg
    mkdir "$pg"
    if [ "$(id -u)" = 0 ]; then
        chmod 711 "${top:-$work}" && chown postgres "$pg" # to come through to the socket
    fi
    {
        as_postgres "$pgbin/initdb" -D "$pg/data" -A trust -U postgres -E UTF8 --locale=C --no-sync &&
            as_postgres "$pgbin/pg_ctl" -D "$pg/data" -w -t 30 -l "$pg/log" \
                -o "-k $pg -c listen_addresses= -c fsync=off" start &&
            as_postgres "$pgbin/createdb" -h "$pg" -U postgres mail
    } >"$work/setup" 2>&1 </dev/null || fail "PostgreSQL: $(tail -n 20 "$work/setup" "$pg/log")"
}
pg_stop() { [ -z "$pg" ] || as_postgres "$pgbin/pg_ctl" -D "$pg/data" -m immediate stop >"$pg/stop" 2>&1; }
