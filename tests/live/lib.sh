# SPDX-License-Identifier: Apache-2.0
# What the tests of real programs share: what has to be here, the driver in namespaces of its own, and what is left at the
# end. Source it, `require`, `spaces`, `drive`, `leave`.
set -u
: "${PFX_SRCDIR:?run by make check}" "${PFX_BUILDDIR:?run by make check}"
PATH=$PATH:/usr/sbin:/sbin
driver=

skip() {
    echo "SKIP: $*"
    exit 77
}

# require PROGRAM...: beside what all of them need.
require() {
    [ "$(id -u)" = 0 ] || skip "real Postfix needs root"
    for program in postfix openssl python3 unshare ip "$@"; do
        command -v "$program" >/dev/null || skip "there is no $program"
    done
    [ -x /usr/lib/postfix/sbin/master ] || skip "sendmail is not that of Postfix"
    [ -x "$PFX_BUILDDIR/tools/pfxlog" ] || skip "pfxlog was not built"
}

# spaces OPTION...: of unshare; network, files and processes are always apart. Makes the directory $work, too.
spaces() {
    spaces=(unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private "$@")
    "${spaces[@]}" true 2>/dev/null || skip "namespaces are not to be had here"
    work=$(mktemp -d "/tmp/mmpostfix-$(basename "$0" .test).XXXXXX")
    chmod 755 "$work" # the programs have to get in
}

# drive SECONDS DRIVER ARGUMENT...: its status in $code. The shell, as the first process of its namespace, buries the
# orphans. When we end, it ends, and with it all that it contains.
drive() {
    PYTHONDONTWRITEBYTECODE=1 "${spaces[@]}" bash -c "${before:-:}"'; timeout -s KILL "$0" python3 "$@"; exit $?' "$@" &
    driver=$!
    trap '[ -z "$driver" ] || kill -KILL "$driver"' EXIT
    trap 'exit 143' INT TERM HUP
    wait "$driver"
    code=$?
    driver=
    [ $code -ne 137 ] || echo "FAIL: not done in $1 s"
}

# leave: ends with $code, and removes what was made unless it is worth a look.
leave() {
    if [ "$code" -eq 0 ] && [ -z "${LIVE_KEEP:-}" ] || [ "$code" -eq 77 ]; then
        rm -rf "$work"
    else
        echo "left for you: $work"
    fi
    exit "$code"
}
