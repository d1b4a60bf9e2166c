# SPDX-License-Identifier: Apache-2.0
# What every e2e test needs: a private rsyslogd with the module just built, in a directory of its
# own that is removed after a pass and named after a failure. Source it, write a configuration
# with `configure`, `start`, `send`, wait on a condition, `stop`, look at the output.
# Nothing here sleeps blindly: every wait has a condition and a limit.

set -u
: "${PFX_SRCDIR:?run by make check}" "${PFX_BUILDDIR:?run by make check}"
RSYSLOGD=${RSYSLOGD:-/usr/sbin/rsyslogd}
module=$PFX_BUILDDIR/plugins/mmpostfix/.libs/mmpostfix.so

skip() {
    echo "SKIP: $*"
    exit 77
}
[ -e "$module" ] || skip "the module was not built"
[ -x "$RSYSLOGD" ] || skip "there is no rsyslogd"

work=$(mktemp -d "${TMPDIR:-/tmp}/mmpostfix-e2e.XXXXXX")
rulebases=$work/rulebases # a copy, for tests to spoil
out=$work/out.json        # a line a message: its tree, or nothing when it has none
daemon=
cp -r "${PFX_RULEBASES:-$PFX_SRCDIR/rulebases}" "$rulebases"
chmod -R u+w "$rulebases"

fail() {
    echo "FAIL: $*"
    for f in "$work"/stderr "$work"/internal.log; do
        [ -s "$f" ] && echo "--- $f" && tail -n 20 "$f"
    done
    echo "left for you: $work"
    keep=1
    exit 1
}

cleanup() {
    local jobs
    jobs=$(jobs -p) # the daemon, and senders that wait for it
    [ -z "$jobs" ] || kill -KILL $jobs 2>/dev/null
    [ -n "${keep:-}" ] || rm -rf "$work"
}
trap cleanup EXIT

# wait_for SECONDS WHAT COMMAND...: until the command succeeds. The seconds are plenty on an idle
# machine; a busy one has five times as many.
wait_for() {
    local limit=$((SECONDS + 5 * $1)) what=$2
    shift 2
    until "$@"; do
        [ -z "$daemon" ] || [ -n "${stopping:-}" ] || running || fail "rsyslogd died, waiting for $what"
        [ $SECONDS -lt $limit ] || fail "waited in vain for $what; $(lines_in "$out") lines came out"
        sleep 0.05
    done
}

lines_in() { [ -e "$1" ] && wc -l <"$1" || echo 0; }
has_lines() { [ "$(lines_in "$1")" -ge "$2" ]; }
# wait_lines N [SECONDS]: until the output has N lines.
wait_lines() { wait_for "${2:-60}" "$1 lines" has_lines "$out" "$1"; }

# configure, with $module_parameters for module() (no state file, unless they name one), and messages as long as README.md has them: configure [ACTION PARAMETERS [RULESET PARAMETERS]] <<INPUTS: an input that names the ruleset "postfix" is normalized
# and written to $out. What rsyslogd says about itself goes to internal.log.
configure() {
    local parameters=${module_parameters:-}
    [[ $parameters == *statefile=* ]] || parameters+=' statefile="off"'
    cat >"$work/rsyslog.conf" <<EOF
global(workDirectory="$work" maxMessageSize="64k" processInternalMessages="on")
module(load="$module" $parameters)
template(name="tree" type="list") {
    property(name="\$!postfix") constant(value="\n")
}
ruleset(name="out") {
    action(type="omfile" file="$out" template="tree")
}
ruleset(name="postfix" ${2:-}) {
    action(type="mmpostfix" rulebasedir="$rulebases" ${1:-})
    call out
}
action(type="omfile" file="$work/internal.log")
EOF
    cat >>"$work/rsyslog.conf"
}

# second_action: after configure, another action that has each line as GELF in $!gelf, written behind a
# tab.
second_action() {
    sed -i -e "s|^    call out|    action(type=\"mmpostfix\" rulebasedir=\"$rulebases\" container=\"\$!gelf\" format=\"gelf\")\n&|" \
        -e "s|property(name=\"\$!postfix\")|& constant(value=\"\\\\t\") property(name=\"\$!gelf\")|" "$work/rsyslog.conf"
}

# tcp_input [MODULE]: the usual input, TCP on a port that the kernel chooses.
tcp_input() {
    cat <<EOF
module(load="${1:-imtcp}")
input(type="${1:-imtcp}" address="127.0.0.1" port="0" listenPortFileName="$work/port"
      ruleset="postfix" name="e2e")
EOF
}

check_configuration() { "$RSYSLOGD" -N1 -f "$work/rsyslog.conf" >"$work/check" 2>&1; }

running() { kill -0 "$daemon" 2>/dev/null; }
ready() {
    running || fail "rsyslogd ended at start"
    [ -s "$work/rsyslogd.pid" ] || return 1
    ! grep -q listenPortFileName "$work/rsyslog.conf" || [ -s "$work/port" ]
}

# start [WRAPPER...]: and wait until it is up.
start() {
    check_configuration || fail "configuration: $(cat "$work/check")"
    start_anyway "$@"
}
start_anyway() {
    rm -f "$work/port"
    "$@" "$RSYSLOGD" -n -f "$work/rsyslog.conf" -i "$work/rsyslogd.pid" 2>"$work/stderr" &
    daemon=$!
    wait_for 60 "rsyslogd to be up" ready
}

# stop: rsyslogd ends by itself, empties its queues, and reports no failure.
stop() {
    local pid=$daemon code
    kill -TERM "$pid"
    stopping=1
    wait_for 120 "rsyslogd to end" eval "! running"
    wait "$pid"
    code=$?
    daemon= stopping=
    [ $code -eq 0 ] || fail "rsyslogd ended with $code"
}

hup() { kill -HUP "$daemon"; }
# hup_changed: with something to read anew, since rules that are the same stay in use as they are.
hup_changed() {
    echo '# another comment' >>"$rulebases/postfix/smtpd.rulebase"
    hup
}
send() { cat "$@" >"/dev/tcp/127.0.0.1/$(cat "$work/port")"; }

# says PATTERN [TIMES]: rsyslogd has said that about itself.
says() { [ "$(cat "$work/internal.log" 2>/dev/null | grep -c -- "$1")" -ge "${2:-1}" ]; }

# all JQ-CONDITION [FILE]: every line satisfies it. An empty file satisfies nothing.
all() {
    jq -es "length > 0 and all(.[]; $1)" "${2:-$out}" >/dev/null ||
        fail "not all lines have: $1; the first without: $(jq -c "select(($1) | not)" "${2:-$out}" | head -n 1)"
}
# count_of JQ-CONDITION: how many lines satisfy it.
count_of() { jq -s "[.[] | select($1)] | length" "${2:-$out}"; }
# same WHAT EXPECTED GOT
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }
