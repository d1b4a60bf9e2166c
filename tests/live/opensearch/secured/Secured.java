// SPDX-License-Identifier: Apache-2.0
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * Secured PORT DIRECTORY CERTIFICATES: one node of OpenSearch with its security plugin on the loopback address, until standard
 * input ends. Its users and roles are in DIRECTORY/node_1/config/opensearch-security.
 */
public class Secured {
    public static void main(String[] arguments) throws Exception {
        String ssl = "plugins.security.ssl.";
        try (OpenSearchRunner runner = new OpenSearchRunner()) {
            runner.onBuild((number, settings) -> settings.put("http.port", arguments[0])
                    .put("network.host", "127.0.0.1")
                    .put("discovery.type", "single-node")
                    .putList("node.roles", "cluster_manager", "data", "ingest")
                    .put("cluster.routing.allocation.disk.threshold_enabled", false)
                    .put(ssl + "transport.pemcert_filepath", arguments[2] + "/node.pem")
                    .put(ssl + "transport.pemkey_filepath", arguments[2] + "/node.key")
                    .put(ssl + "transport.pemtrustedcas_filepath", arguments[2] + "/ca.pem")
                    .put(ssl + "transport.enforce_hostname_verification", false)
                    .put(ssl + "http.enabled", false)
                    .put("plugins.security.allow_default_init_securityindex", true)
                    .put("plugins.security.audit.type", "internal_opensearch")
                    .putList("plugins.security.restapi.roles_enabled", "all_access"));
            runner.build(OpenSearchRunner.newConfigs().basePath(arguments[1]).numOfNode(1)
                    .pluginTypes("org.opensearch.security.OpenSearchSecurityPlugin"));
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
