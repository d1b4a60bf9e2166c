# SPDX-License-Identifier: Apache-2.0
# Source it for `graylog CLASS ARGUMENT...`: a class of harness/ on the class path of a real Graylog
# server. Maven fetches the server and what it needs once; what is built of it stays in the build
# directory, and later runs need neither Maven nor a network.

# The one that decodes, and the oldest and newest that Maven Central has, which read pack and calls only.
graylog_version=6.3.7
graylog_others="6.0.6 7.0.1"

: "${PFX_SRCDIR:?run by make check}" "${PFX_BUILDDIR:?run by make check}"
harness_source=$PFX_SRCDIR/tests/graylog/harness
harness_home=$PFX_BUILDDIR/graylog-harness

# Where it must run, as in continuous integration, PFX_NEED_GRAYLOG makes a skip a failure.
skip() {
    [ -z "${PFX_NEED_GRAYLOG:-}" ] || { echo "FAIL: $*"; exit 1; }
    echo "SKIP: $*"
    exit 77
}

# Same sources, same classes: what was built of other ones is built again.
harness_fresh() {
    [ -s "$harness/classpath" ] && [ "$(cat "$harness/stamp" 2>/dev/null)" = "$stamp" ] || return 1
    local IFS=: jar
    for jar in $(cat "$harness/classpath"); do [ -e "$jar" ] || return 1; done
}

# Sets $java, the folder of a JDK of at least that version.
find_jdk() {
    local candidate
    for candidate in "$(dirname "$(command -v javac || echo /nowhere/javac)")" /usr/lib/jvm/*/bin; do
        [ -x "$candidate/javac" ] && [ -x "$candidate/java" ] || continue
        java=$candidate
        [ "$("$java/javac" -version 2>&1 | sed 's/^javac //; s/[.-].*//')" -ge "$1" ] && return
    done
    return 1
}

build_harness() { harness_for "$graylog_version" || skip "$why"; }

# harness_for VERSION: `graylog` runs that server from then on. False where it can not be had; $why says why.
harness_for() {
    local stamp next version=$1 jdk=17 okhttp=okhttp sources
    case $version in
    6.*) ;;
    *) jdk=21 okhttp=okhttp-jvm ;;
    esac
    find_jdk $jdk || { why="there is no JDK of version $jdk or later"; return 1; }
    sources=("$harness_source"/Read*.java)
    [ "$version" != "$graylog_version" ] || sources+=("$harness_source/Decode.java")
    harness=$harness_home/$version
    stamp=$(cat "${sources[@]}" "$harness_source/pom.xml" | sha256sum)
    mkdir -p "$harness"
    exec 9>"$harness/lock" # tests run side by side, and one builds for all
    flock 9
    harness_fresh || make_harness || return 1
    exec 9>&-
}

make_harness() {
    command -v mvn >/dev/null || { why="there is no Maven"; return 1; }
    next=$(mktemp -d "$harness/build.XXXXXX") || exit 1
    if ! mvn -B -ntp -q -f "$harness_source/pom.xml" -Dgraylog.version="$version" -Dokhttp=$okhttp \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
        -Dmdep.outputFile="$next/classpath" >"$next/maven.log" 2>&1; then
        if grep -qE 'Could not (transfer|GET|find) |UnknownHost|Network is unreachable|timed out|offline' \
            "$next/maven.log" && ! maven_central; then
            rm -rf "$next"
            why="Maven Central is not reachable"
            return 1
        fi
        cat "$next/maven.log"
        exit 1
    fi
    "$java/javac" -nowarn -proc:none -d "$next/classes" -cp "$(cat "$next/classpath")" "${sources[@]}" || exit 1
    rm -rf "$harness/classes"
    mv "$next/classes" "$next/classpath" "$harness/" || exit 1
    echo "$stamp" >"$harness/stamp"
    rm -rf "$next"
}

# An absent plugin is our mistake, an absent network is not: asks for what every Maven build needs.
maven_central() {
    local probe code
    probe=$(mktemp -d)
    mvn -B -ntp -q -Dmaven.repo.local="$probe" org.apache.maven.plugins:maven-help-plugin:3.4.0:help \
        >/dev/null 2>&1
    code=$?
    rm -rf "$probe"
    return $code
}

graylog() {
    "$java/java" -Dlog4j2.configurationFile="$harness_source/log4j2.properties" \
        -cp "$harness/classes:$(cat "$harness/classpath")" "$@"
}
