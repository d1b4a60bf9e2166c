# SPDX-License-Identifier: Apache-2.0
# The rows of core alone, read by run: no rsyslog, one thread, no output.

core_modes=(rules gim gelf print text story told alerts hidden)
declare -A core_name=(
    [rules]="liblognorm alone, same rules"
    [gim]="core, plain tree"
    [gelf]="core, GELF tree"
    [print]="core, plain tree and its text"
    [text]="core, text without a tree"
    [story]="core, plain tree, story"
    [told]="core, text without a tree, story"
    [alerts]="core, text without a tree, story, alerts"
    [hidden]="core, text without a tree, story, pseudonyms"
)
rows+=("--Core alone")
for mode in "${core_modes[@]}"; do
    rows+=("${core_name[$mode]}")
done

core_input() { [ "$1" = rules ] && echo "$work/one.rulebase" || echo "$rulebases"; }

# Two at a time, since instructions do not mind company.
core_instructions() {
    local mode
    for mode in "${core_modes[@]}"; do
        valgrind -q --tool=callgrind --instr-atstart=no --callgrind-out-file="$work/callgrind.$mode" \
            "$work/core" "$mode" "$(core_input "$mode")" "$work/short.log" \
            >"$work/core.$mode" 2>"$work/core.$mode.stderr" &
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    done
    wait
}
core_instructions
for mode in "${core_modes[@]}"; do
    name=${core_name[$mode]}
    read -r count share _ <"$work/core.$mode" || { cat "$work/core.$mode.stderr" >&2; exit 1; }
    ir[$name]=$(($(instructions "$work/callgrind.$mode") / count))
    matched[$name]=$share
done

core_ns() { "$work/core" "$1" "$(core_input "$1")" "$work/log" | cut -d' ' -f3; }
# Each run beside one of liblognorm alone, so that what else the machine does falls on both.
if [ -z "$quick" ]; then
    declare -A core_times core_ratios
    for ((round = 0; round < rounds; ++round)); do
        for mode in "${core_modes[@]:1}"; do
            base=$(core_ns rules)
            ns=$(core_ns "$mode")
            core_times[rules]+=" $base"
            core_times[$mode]+=" $ns"
            core_ratios[$mode]+=" $(ratio "$ns" "$base")"
        done
    done
    for mode in "${core_modes[@]}"; do
        # shellcheck disable=SC2086
        time[${core_name[$mode]}]=$(median ${core_times[$mode]} | awk '{ printf "%.2f", $1 / 1000 }')
        # shellcheck disable=SC2086
        [ "$mode" = rules ] || paired[${core_name[$mode]}]=$(spread ${core_ratios[$mode]})
    done
fi
