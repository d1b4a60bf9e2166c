// SPDX-License-Identifier: Apache-2.0
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** Server PORT DIRECTORY: one node of OpenSearch on the loopback address, until standard input ends. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        try (OpenSearchRunner runner = new OpenSearchRunner()) {
            runner.onBuild((number, settings) -> settings.put("http.port", arguments[0])
                    .put("network.host", "127.0.0.1")
                    .put("discovery.type", "single-node")
                    .putList("node.roles", "cluster_manager", "data", "ingest")
                    .put("cluster.routing.allocation.disk.threshold_enabled", false));
            runner.build(OpenSearchRunner.newConfigs().basePath(arguments[1]).numOfNode(1));
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
