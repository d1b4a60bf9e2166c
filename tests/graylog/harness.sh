# SPDX-License-Identifier: Apache-2.0
# Source it for `graylog CLASS ARGUMENT...`: a class of harness/ on the class path of a real Graylog
# server. Maven fetches the server and what it needs once; what is built of it stays in the build
# directory, and later runs need neither Maven nor a network.

: "${PFX_SRCDIR:?run by make check}" "${PFX_BUILDDIR:?run by make check}"
harness_source=$PFX_SRCDIR/tests/graylog/harness
harness=$PFX_BUILDDIR/graylog-harness

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

build_harness() {
    local stamp next
    command -v java >/dev/null && command -v javac >/dev/null || skip "there is no JDK"
    [ "$(javac -version 2>&1 | sed 's/^javac //; s/\..*//')" -ge 17 ] || skip "the JDK is older than 17"
    stamp=$(cat "$harness_source"/*.java "$harness_source/pom.xml" | sha256sum)
    mkdir -p "$harness"
    exec 9>"$harness/lock" # tests run side by side, and one builds for all
    flock 9
    harness_fresh || make_harness
    exec 9>&-
}

make_harness() {
    command -v mvn >/dev/null || skip "there is no Maven"
    next=$(mktemp -d "$harness/build.XXXXXX") || exit 1
    if ! mvn -B -ntp -q -f "$harness_source/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
        -Dmdep.outputFile="$next/classpath" >"$next/maven.log" 2>&1; then
        if grep -qE 'Could not (transfer|GET|find) |UnknownHost|Network is unreachable|timed out|offline' \
            "$next/maven.log" && ! maven_central; then
            rm -rf "$next"
            skip "Maven Central is not reachable"
        fi
        cat "$next/maven.log"
        exit 1
    fi
    javac -proc:none -d "$next/classes" -cp "$(cat "$next/classpath")" "$harness_source"/*.java || exit 1
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
    java -Dlog4j2.configurationFile="$harness_source/log4j2.properties" \
        -cp "$harness/classes:$(cat "$harness/classpath")" "$@"
}
