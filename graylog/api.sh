# SPDX-License-Identifier: Apache-2.0
# The way to a Graylog server's REST API, for the programs here that source it: with $self, a name for what is said, $url,
# $dry_run, not empty where nothing may be changed, and $needs, what a user who is refused lacks: the role Admin if not said. Needs curl and jq.

die() {
    echo "$self: $*" >&2
    exit 1
}
say() { echo "$self: $*"; }

for tool in curl jq; do
    command -v $tool >/dev/null || die "needs $tool"
done
url=${url%/}
url=${url%/api}/api

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
reply=$work/reply
status=

# Credentials go to curl in a file of ours, as a command line is there for all to see.
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }
credentials() {
    if [ -n "${GRAYLOG_TOKEN:-}" ]; then
        echo "user = $(quoted "$GRAYLOG_TOKEN:token")"
    elif [ -n "${GRAYLOG_USER:-}" ]; then
        echo "user = $(quoted "$GRAYLOG_USER:${GRAYLOG_PASSWORD:-}")"
    elif [ -n "${NETRC:-}" ]; then
        echo "netrc-file = $(quoted "$NETRC")"
    elif [ -r "${HOME:-}/.netrc" ]; then
        echo netrc
    else
        die "no credentials: set GRAYLOG_TOKEN, or GRAYLOG_USER and GRAYLOG_PASSWORD, or write a ~/.netrc"
    fi
}
(umask 077 && credentials >"$work/credentials")

# request METHOD PATH [BODY]: sets $status, fills $reply. BODY is a file.
request() {
    local options=(-sS --config "$work/credentials" --connect-timeout 10 --max-time 120 -X "$1"
        -H 'X-Requested-By: mmpostfix' -H 'Accept: application/json' -o "$reply" -w '%{http_code}')
    [ -z "${3:-}" ] || options+=(-H 'Content-Type: application/json' --data-binary "@$3")
    : >"$reply"
    status=$(curl "${options[@]}" "$url$2" 2>"$work/error") ||
        die "no answer from $url: $(sed 's/^curl: //' "$work/error")"
    case $status in
    401) die "$url refuses the credentials" ;;
    403) die "$1 $2: the user may not do that; it needs ${needs:-the role Admin}" ;;
    esac
}
refused() { die "$1: the server answers $status: $(jq -r '.message // .' "$reply" 2>/dev/null || head -c 500 "$reply")"; }
answer() { jq -er "$@" "$reply" 2>/dev/null || die "the server's answer is not as expected: is $url Graylog's API?"; }

get() {
    request GET "$1"
    [[ $status = 2* ]] || refused "GET $1"
}
# Like get, but it may be that there is no such thing.
there_is() {
    request GET "$1"
    [ "$status" != 404 ] || return 1
    [[ $status = 2* ]] || refused "GET $1"
}
# change METHOD PATH BODY WHAT: the only way to anything but a GET. In a dry run, false.
# BODY may be empty.
change() {
    if [ -n "$dry_run" ]; then
        say "would $4"
        return 1
    fi
    request "$1" "$2" "$3"
    [[ $status = 2* ]] || refused "could not $4"
    say "done: $4"
}

# Since 7.0, what is created and whom it is shared with are two things in a body.
entity() {
    case $version in
    6.*) cat ;;
    *) jq '{entity: .}' ;;
    esac
}

# index_set_body TITLE DESCRIPTION PREFIX DAYS [PROFILE]: of a new set, by the index sets in $reply: a new index a day, so many kept.
# Shards and replicas are those of the server's default index set.
index_set_body() {
    jq --arg title "$1" --arg description "$2" --arg prefix "$3" --argjson days "$4" --arg profile "${5:-}" \
        --arg now "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" '
        ([.index_sets[] | select(.default)][0] // {}) as $default | {
            title: $title, description: $description, index_prefix: $prefix,
            shards: ($default.shards // 1), replicas: ($default.replicas // 0),
            rotation_strategy_class: "org.graylog2.indexer.rotation.strategies.TimeBasedRotationStrategy",
            rotation_strategy: {
                type: "org.graylog2.indexer.rotation.strategies.TimeBasedRotationStrategyConfig",
                rotation_period: "P1D"},
            retention_strategy_class: "org.graylog2.indexer.retention.strategies.DeletionRetentionStrategy",
            retention_strategy: {
                type: "org.graylog2.indexer.retention.strategies.DeletionRetentionStrategyConfig",
                max_number_of_indices: $days},
            creation_date: $now, index_analyzer: "standard", index_optimization_max_num_segments: 1,
            index_optimization_disabled: false, field_type_refresh_interval: 5000, writable: true}
        # Only where the server has these.
        + (if $profile != "" then {field_type_profile: $profile} else {} end)
        + (if $default | has("use_legacy_rotation") then {use_legacy_rotation: true} else {} end)' "$reply"
}
