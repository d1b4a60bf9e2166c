# SPDX-License-Identifier: Apache-2.0
# The rows of whole daemons, read by run: lines come in by TCP and go out as JSON to a file in memory.
# rsyslogd has a ruleset with a direct queue, so one thread does it all.

only_time=         # those that callgrind need not count
daemons=()         # ids; functions configure_ID write $work/ID.conf and name the row
declare -A daemon_name command environment
# What a line has that no rule knew.
declare -A unknown=([mmnormalize]='"unparsed-data"' [gim]='"generic"' [gelf]='"generic"'
    [story]='"generic"' [text]='"generic"' [text-story]='"generic"' [gelf-tree]='"generic"' [syslog-ng]='"class":"unknown"')
out=$work/out.json # of the one that is measured
reference=         # the row that the times of the others are compared with
tick=$(getconf CLK_TCK)
sed 's/^/<22>/' "$work/log" >"$work/wire"
wire_lines=$(wc -l <"$work/wire")
# Two lengths for callgrind: what is beside the lines falls out of the difference.
mkdir "$work/DIR" # what a configuration names until it is copied for a run
half=$((wire_lines / 2 < 6000 ? wire_lines / 2 : 6000))
head -n $half "$work/wire" >"$work/wire.1"
head -n $((2 * half)) "$work/wire" >"$work/wire.2"

# rsyslog_row ID NAME ACTION PROPERTIES [QUEUE]: a row of rsyslogd, ACTION before the output.
rsyslog_row() {
    local conf=$work/$1.conf queue=${5:-'queue.type="Direct"'}
    cat >"$conf" <<END
global(workDirectory="$work/DIR")
module(load="imtcp")
module(load="$module" statefile="off" alerts="${alerts:-off}")
module(load="mmnormalize")
template(name="json" type="list") { $4 constant(value="\n") }
ruleset(name="bench" $queue) {
    $3
    action(type="omfile" file="$work/DIR/out.json" template="json")
}
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="$work/DIR/port" ruleset="bench")
END
    if ! "$RSYSLOGD" -N1 -f "$conf" >"$work/$1.check" 2>&1; then
        echo "left out, as this rsyslogd or module does not take it: $2" >&2
        return
    fi
    daemons+=("$1")
    rows+=("$2")
    daemon_name[$1]=$2
    command[$1]="$RSYSLOGD -n -f $work/DIR/conf -i $work/DIR/pid"
}

head='constant(value="{\"time\":\"") property(name="timereported" dateformat="rfc3339")
      constant(value="\",\"host\":\"") property(name="hostname")
      constant(value="\",\"tag\":\"") property(name="syslogtag" format="json")
      constant(value="\",\"message\":")'
tree='property(name="$!postfix")'
postfix="action(type=\"mmpostfix\" rulebasedir=\"$rulebases\""

# The same with queues and another allocator: rates, since there is more than one thread.
tuning_rows() {
    local jemalloc linked='queue.type="LinkedList" queue.size="200000"'
    rsyslog_row queue1 "mmpostfix, queue, 1 worker" "$postfix)" "$tree" "$linked"
    rsyslog_row queue2 "mmpostfix, queue, 2 workers" "$postfix)" "$tree" \
        "$linked queue.workerThreads=\"2\" queue.workerThreadMinimumMessages=\"1000\""
    only_time=${daemons[*]}
    jemalloc=$(ldconfig -p | awk '/libjemalloc.so.2/ { print $NF; exit }')
    jemalloc=${JEMALLOC:-$jemalloc}
    [ -n "$jemalloc" ] || { echo "left out: jemalloc is not installed" >&2; return; }
    rsyslog_row jemalloc "mmpostfix, jemalloc" "$postfix)" "$tree"
    environment[jemalloc]="LD_PRELOAD=$jemalloc"
    rsyslog_row jemalloc2 "mmpostfix, queue, 2 workers, jemalloc" "$postfix)" "$tree" \
        "$linked queue.workerThreads=\"2\" queue.workerThreadMinimumMessages=\"1000\""
    environment[jemalloc2]="LD_PRELOAD=$jemalloc"
    only_time=${daemons[*]}
}

if [ ! -x "$RSYSLOGD" ] || [ ! -e "$module" ]; then
    echo "left out: rsyslogd, or the module is not built" >&2
elif [ -n "$tuning" ]; then
    rows+=("--Lines by TCP, JSON to a file: rsyslogd")
    rsyslog_row story "mmpostfix, direct" "$postfix)" "$tree"
    tuning_rows
else
    rows+=("--Lines by TCP, JSON to a file: rsyslogd")
    rsyslog_row plain "no parsing" "" \
        "$head constant(value=\"\\\"\") property(name=\"msg\" format=\"json\") constant(value=\"\\\"}\")"
    rsyslog_row mmnormalize "mmnormalize, same rules" \
        "action(type=\"mmnormalize\" rulebase=\"$work/one.rulebase\")" \
        "$head property(name=\"\$!all-json\") constant(value=\"}\")"
    rsyslog_row gim "mmpostfix, story off" "$postfix story=\"off\")" "$tree"
    rsyslog_row story "mmpostfix" "$postfix)" "$tree"
    rsyslog_row gelf-tree "mmpostfix, format gelf, render tree" "$postfix format=\"gelf\" render=\"tree\")" "$tree"
    rsyslog_row text "mmpostfix, story off, render text" "$postfix story=\"off\" render=\"text\")" "$tree"
    rsyslog_row text-story "mmpostfix, render text" "$postfix render=\"text\")" "$tree"
    rsyslog_row gelf "mmpostfix, format gelf" "$postfix format=\"gelf\")" "$tree"
    alerts=on rsyslog_row alerts "mmpostfix, format gelf, alerts" "$postfix format=\"gelf\")" "$tree"
fi

[[ " ${daemons[*]} " != *" mmnormalize "* ]] || reference=mmnormalize

# Of two workers one may write a batch of lines behind the last one.
poll=0.02 tail=4096
[ -z "$tuning" ] || poll=0.1 tail=4000000
# wait_for SECONDS COMMAND...
wait_for() {
    local limit=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $limit ] || { echo "bench: waited in vain: $*" >&2; return 1; }
        sleep "$poll"
    done
}
has_marker() { tail -c "$tail" "$1/out.json" 2>/dev/null | grep -q "marker-$2\\b"; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
# Processor time of a process in nanoseconds; where the kernel does not tell, in its ticks.
cpu_ns() {
    cat "/proc/$1"/task/*/schedstat 2>/dev/null | awk '{ n += $1 } END { if (n == 0) exit 1; printf "%.0f", n }' ||
        awk -v tick="$tick" '{ sub(/^.*\) /, ""); printf "%.0f", ($12 + $13) * 1e9 / tick }' "/proc/$1/stat"
}

# start_daemon ID DIRECTORY [WRAPPER...]: sets pid when it listens.
start_daemon() {
    local id=$1 dir=$2 port
    shift 2
    mkdir -p "$work/$dir"
    port=$((20000 + RANDOM % 10000)) # for a daemon that can not let the kernel choose
    sed "s#$work/DIR#$work/$dir#g; s#port(PORT)#port($port)#" "$work/$id.conf" >"$work/$dir/conf"
    ! grep -q "port($port)" "$work/$dir/conf" || echo "$port" >"$work/$dir/port"
    # shellcheck disable=SC2086
    env ${environment[$id]:-} "$@" ${command[$id]//$work\/DIR/$work/$dir} >"$work/$dir/said" 2>&1 &
    pid=$!
    wait_for 60 listens "$work/$dir"
}
listens() { [ -s "$1/port" ] && (: <"/dev/tcp/127.0.0.1/$(cat "$1/port")") 2>/dev/null; }
# feed DIRECTORY FILE MARKER: sends the lines and waits until the last one is out.
feed() {
    { cat "$2"; echo "<22>2026-08-22T00:00:00Z mx1 postfix/smtpd[1]: marker-$3 "; } \
        >"/dev/tcp/127.0.0.1/$(cat "$work/$1/port")"
    wait_for 300 has_marker "$work/$1" "$3"
}
stop_daemon() {
    kill -TERM "$pid"
    wait_for 60 is_gone "$pid"
    wait "$pid" 2>/dev/null || true
}

# Instructions of a whole run, in a process of its own that may run beside another.
daemon_instructions() {
    local id=$1 length=$2 dir=$1.$2 pid
    start_daemon "$id" "$dir" valgrind -q --tool=callgrind --callgrind-out-file="$work/$dir/callgrind"
    feed "$dir" "$work/wire.$length" "$length"
    stop_daemon
    [ -z "${unknown[$id]:-}" ] ||
        awk -v word="${unknown[$id]}" 'index($0, word) { ++n } END { printf "%.2f", 100 - 100 * n / NR }' \
            "$work/$dir/out.json" >"$work/$dir/matched"
    rm -f "$work/$dir/out.json"
}

# Sets ns, of all lines.
daemon_time() {
    local id=$1 begin started pid
    start_daemon "$id" "$id"
    feed "$id" "$work/wire.2" warm
    : >"$work/$id/out.json"
    begin=$(cpu_ns "$pid")
    started=${EPOCHREALTIME/[.,]/}
    feed "$id" "$work/wire" end
    daemon_rates[$id]+=" $((wire_lines * 1000000 / (${EPOCHREALTIME/[.,]/} - started)))"
    ns=$(($(cpu_ns "$pid") - begin))
    daemon_times[$id]+=" $ns"
    stop_daemon
    rm -rf "${work:?}/$id"
}

# A round: each daemon beside a run of the reference, so that what else the machine does falls on both.
time_daemons() {
    local id base ns
    for id in "${daemons[@]}"; do
        [ "$id" != "$reference" ] || continue
        if [ -n "$reference" ]; then
            daemon_time "$reference"
            base=$ns
        fi
        daemon_time "$id"
        [ -z "$reference" ] || daemon_ratios[$id]+=" $(ratio "$ns" "$base")"
    done
}

measure_daemons() {
    local id length
    declare -A daemon_times daemon_rates daemon_ratios
    for id in "${daemons[@]}"; do
        [[ " $only_time " != *" $id "* ]] || continue
        for length in 1 2; do
            daemon_instructions "$id" $length &
            while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
        done
    done
    wait
    for ((round = 0; round < rounds; ++round)); do
        time_daemons
    done
    for id in "${daemons[@]}"; do
        name=${daemon_name[$id]}
        # shellcheck disable=SC2086
        rate[$name]=$(median ${daemon_rates[$id]})
        [ -e "$work/$id.2/callgrind" ] && ir[$name]=$((($(instructions "$work/$id.2/callgrind") - \
            $(instructions "$work/$id.1/callgrind")) / half))
        [ ! -e "$work/$id.2/matched" ] || matched[$name]=$(cat "$work/$id.2/matched")
        # shellcheck disable=SC2086
        time[$name]=$(median ${daemon_times[$id]} | awk -v n="$wire_lines" '{ printf "%.2f", $1 / 1e3 / n }')
        # shellcheck disable=SC2086
        [ -z "${daemon_ratios[$id]:-}" ] || paired[$name]=$(spread ${daemon_ratios[$id]})
    done
}
