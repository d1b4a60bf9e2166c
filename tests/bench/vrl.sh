# SPDX-License-Identifier: Apache-2.0
# The row of VRL, the language in which users of Vector parse, read by run: the crate as a library, with the
# patterns of the row of syslog-ng as regular expressions. cargo fetches and builds it in build/vrl, once, in
# three minutes.

vrl=$build/vrl/release/vrl-row
build_vrl() {
    command -v cargo >/dev/null || { echo "left out: VRL, there is no cargo" >&2; return 1; }
    mkdir -p "$build/vrl"
    [ -e "$vrl" ] || echo "builds VRL with cargo, some minutes" >&2
    # In a copy: cargo writes beside what it builds.
    rm -rf "$build/vrl/source" && cp -r "$here/vrl" "$build/vrl/source"
    [ ! -e "$build/vrl/Cargo.lock" ] || cp "$build/vrl/Cargo.lock" "$build/vrl/source/"
    if ! (cd "$build/vrl/source" && cargo build -q --release --target-dir "$build/vrl") >"$build/vrl/log" 2>&1; then
        echo "left out: VRL, cargo can not build it here, see $build/vrl/log: $(grep -m 1 '^error' "$build/vrl/log")" >&2
        return 1
    fi
    cp "$build/vrl/source/Cargo.lock" "$build/vrl/"
}

vrl_row() {
    local name="VRL, only patterns of these lines" half=$((short / 2)) length share count ns base round times= ratios=
    build_vrl || return 0
    "$here/patterndb" >"$work/patterndb.xml"
    python3 "$here/vrl/program" "$work/patterndb.xml" >"$work/program.vrl"
    rows+=("$name")
    # What is beside the lines falls out of the difference of two lengths.
    for length in $half $((2 * half)); do
        valgrind -q --tool=callgrind --callgrind-out-file="$work/callgrind.vrl.$length" \
            "$vrl" "$work/program.vrl" "$work/short.log" "$length" >"$work/vrl" &
    done
    wait
    ir[$name]=$((($(instructions "$work/callgrind.vrl.$((2 * half))") - $(instructions "$work/callgrind.vrl.$half")) / half))
    for ((round = 0; round < rounds; ++round)); do
        base=$(core_ns rules)
        read -r count share ns < <("$vrl" "$work/program.vrl" "$work/log" "$lines")
        times+=" $ns"
        ratios+=" $(ratio "$ns" "$base")"
    done
    matched[$name]=$share
    # shellcheck disable=SC2086
    time[$name]=$(median $times | awk '{ printf "%.2f", $1 / 1000 }')
    # shellcheck disable=SC2086
    paired[$name]=$(spread $ratios)
}
vrl_row
