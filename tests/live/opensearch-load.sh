#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# opensearch-load.sh PORT LOG LINES NUMBERS: a real rsyslogd takes the log to the OpenSearch at that port by examples/opensearch.conf. It ends
# when postfix-2026-08-* has so many lines and the numbers of records in mail-records-* add up so.
. "$PFX_SRCDIR/tests/e2e/lib.sh"
port=$1 log=$2 lines=$3 numbers=$4
mkdir -p "$work/spool" "$work/log"
{
    echo "global(workDirectory=\"$work/spool\" processInternalMessages=\"on\")"
    sed -e "s|load=\"mmpostfix\"|load=\"$module\" alerts=\"off\" statefile=\"off\"|; s|action(type=\"mmpostfix\"|& rulebasedir=\"$rulebases\"|" \
        -e "s|/var/log/|$work/log/|g; s|server=\"[^\"]*\"|server=\"http://127.0.0.1\"|; s|serverPort=\"9200\"|serverPort=\"$port\"|; s|tls.caCert=\"[^\"]*\"||" \
        "$PFX_SRCDIR/examples/opensearch.conf"
    echo "if \$syslogfacility-text == \"syslog\" then action(type=\"omfile\" file=\"$work/internal.log\")"
    echo "module(load=\"imtcp\") input(type=\"imtcp\" address=\"127.0.0.1\" port=\"0\" listenPortFileName=\"$work/port\")"
} >"$work/rsyslog.conf"
ask() { curl -sS -H 'Content-Type: application/json' "http://127.0.0.1:$port/$1" "${@:2}"; }
all_there() {
    sleep 0.5
    ask 'postfix-*,mail-records-*/_refresh' -X POST >"$work/answer"
    [ "$(ask 'postfix-2026-08-*/_count' | jq .count)" = "$lines" ] &&
        [ "$(ask 'mail-records-*/_search' -d '{"size":0,"aggs":{"n":{"sum":{"field":"vendor_mail_record"}}}}' | jq '.aggregations.n.value')" -eq "$numbers" ]
}
start
sed 's/^/<22>/' "$log" | send
wait_for 60 "$lines lines and records up to $numbers" all_there
stop
[ ! -e "$work/log/postfix-refused.log" ] || fail "refused: $(head -c 600 "$work/log/postfix-refused.log")"
[ ! -s "$work/log/postfix-unparsed.log" ] || fail "no document: $(head -n 2 "$work/log/postfix-unparsed.log")"
