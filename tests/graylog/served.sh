# SPDX-License-Identifier: Apache-2.0
# Source it in a test of a program that asks Graylog: $work goes with the test, serve starts the stub, and what was asked is for
# tests/graylog/decoder.test to look at, where the test ends by `keep FILE...`.
set -u
work=$(mktemp -d)
calls=$PFX_BUILDDIR/graylog-calls/$(basename "$0" .test)
rm -rf "$calls"
stub=
cleanup() {
    [ -z "$stub" ] || kill "$stub" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
fail() {
    echo "FAIL: $*"
    sed 's/^/| /' "$work/said" 2>/dev/null
    exit 1
}
keep() { mkdir -p "$calls" && cp "$@" "$calls/" || fail "$calls"; }
command -v curl >/dev/null || { echo "SKIP: there is no curl"; exit 77; }

# serve OPTION...: a fresh server, with no other's credentials in the environment. Sets $release, 6 or 7.
serve() {
    local tries=0
    release=6
    case " $* " in *" version="[789]*) release=7 ;; esac
    [ -z "$stub" ] || { kill "$stub"; wait "$stub" 2>/dev/null; }
    rm -rf "$work/stub" && mkdir -p "$work/stub" "$work/home"
    python3 "$PFX_SRCDIR/tests/graylog/stub.py" "$work/stub" "$@" &
    stub=$!
    until [ -s "$work/stub/port" ]; do
        kill -0 "$stub" 2>/dev/null && [ $((tries += 1)) -lt 400 ] || fail "the stub does not start"
        sleep 0.05
    done
    export GRAYLOG_URL="http://127.0.0.1:$(cat "$work/stub/port")" HOME=$work/home GRAYLOG_TOKEN=tok3n
    unset GRAYLOG_USER GRAYLOG_PASSWORD NETRC http_proxy HTTP_PROXY all_proxy ALL_PROXY
}
