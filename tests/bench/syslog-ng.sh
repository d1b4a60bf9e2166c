# SPDX-License-Identifier: Apache-2.0
# The row of syslog-ng with a patterndb, read by run. Debian's package conflicts with rsyslog's, so it
# is unpacked below the build directory and not installed.

sng=$build/syslog-ng
# With the libraries that this machine lacks: what apt would install. Its lists of packages are fetched
# below the build directory where the machine has none.
fetch_syslog_ng() {
    local package packages apt=(apt-get -qq)
    [ ! -e "$sng/usr/sbin/syslog-ng" ] || return 0
    mkdir -p "$sng/packages" "$sng/lists/partial"
    if [ -z "$(apt-cache madison syslog-ng-core 2>/dev/null)" ]; then
        apt+=(-o "Dir::State::lists=$sng/lists" -o APT::Sandbox::User=root)
        "${apt[@]}" update || return 1
    fi
    packages=$("${apt[@]}" -s -o Debug::NoLocking=1 -o APT::Get::Remove=true install --no-install-recommends syslog-ng-core |
        awk '$1 == "Inst" { print $2 }')
    # shellcheck disable=SC2086
    [ -n "$packages" ] && (cd "$sng/packages" && "${apt[@]}" -o APT::Sandbox::User=root download $packages) || return 1
    for package in "$sng"/packages/*.deb; do dpkg -x "$package" "$sng" || return 1; done
}

syslog_ng_row() {
    local modules library keys='--key ISODATE --key HOST --key PROGRAM --key MESSAGE --key .classifier.class'
    mkdir -p "$sng"
    fetch_syslog_ng >"$sng/log" 2>&1 || { echo "left out: syslog-ng, see $sng/log: $(tail -n 1 "$sng/log")" >&2; return 0; }
    modules=$(dirname "$(find "$sng" -name libdbparser.so)")
    library=$(printf '%s:' "$sng"/usr/lib/*-linux-gnu "$sng"/lib/*-linux-gnu "${modules%/*}")
    "$here/patterndb" >"$work/patterndb.xml"
    cat >"$work/syslog-ng.conf" <<END
@version: 3.35
options { log-fifo-size(100000); stats-freq(0); };
source in { network(ip("127.0.0.1") port(PORT) transport("tcp") max-connections(10)); };
parser postfix { db-parser(file("$work/patterndb.xml")); };
destination out {
    file("$work/DIR/out.json" template("\$(format-json $keys --scope nv-pairs)\n"));
};
log { source(in); parser(postfix); destination(out); flags(flow-control); };
END
    export LD_LIBRARY_PATH=$library
    if ! "$sng/usr/sbin/syslog-ng" --version "--module-path=$modules" >>"$sng/log" 2>&1; then
        echo "left out: syslog-ng does not start here: $(tail -n 1 "$sng/log")" >&2
        unset LD_LIBRARY_PATH
        return 0
    fi
    unset LD_LIBRARY_PATH
    rows+=("--Lines by TCP, JSON to a file: syslog-ng")
    daemons+=(syslog-ng)
    rows+=("patterndb, only patterns of these lines")
    daemon_name[syslog-ng]="patterndb, only patterns of these lines"
    # A wrapper such as valgrind does not mind the library path.
    command[syslog-ng]="$sng/usr/sbin/syslog-ng -F --no-caps --module-path=$modules -f $work/DIR/conf \
        -R $work/DIR/persist -c $work/DIR/control -p $work/DIR/pid"
    environment[syslog-ng]="LD_LIBRARY_PATH=$library"
}
syslog_ng_row
