#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who may read and write the topics of kafka.conf, by Kafka's own kafka-acls.sh. Brokers need, in server.properties:
#   authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
#   allow.everyone.if.no.acl.found=false      else a topic without a rule is everybody's
#   super.users=User:admin
#   ssl.client.auth=required
#   ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DENY     else a principal is the whole name of the certificate
# usage: kafka-acls.sh BROKER:PORT ADMIN.PROPERTIES HOST[,HOST...] TENANT...     of ADMIN.PROPERTIES: security.protocol=SSL, ...
set -eu
[ $# -ge 4 ] || { echo "usage: kafka-acls.sh BROKER:PORT ADMIN.PROPERTIES HOST[,HOST...] TENANT..." >&2; exit 2; }
broker=$1 properties=$2 hosts=$3
shift 3
acls() { "${KAFKA_ACLS:-kafka-acls.sh}" --bootstrap-server "$broker" --command-config "$properties" --add "$@"; }

# The mail hosts and collectors, by the names in their certificates: write, and make topics that are not there.
echo "$hosts" | tr , '\n' | while read -r host; do
    acls --allow-principal "User:$host" --producer --topic mail. --resource-pattern-type prefixed </dev/null
    acls --allow-principal "User:$host" --producer --topic mail-own </dev/null
done
# Each tenant: its topic and its groups, and none whose name begins with them. The topic is literal, as mail.bank would be mail.bank2's
# beginning, too; the groups are prefixed, so their names end with a dot.
for tenant; do
    case $tenant in
    *[!a-z0-9-]* | '') echo "kafka-acls.sh: no name of a tenant: $tenant" >&2; exit 1 ;;
    esac
    acls --allow-principal "User:$tenant" --operation Read --operation Describe --topic "mail.$tenant"
    acls --allow-principal "User:$tenant" --operation Read --group "$tenant." --resource-pattern-type prefixed
done
