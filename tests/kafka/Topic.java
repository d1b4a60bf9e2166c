// SPDX-License-Identifier: Apache-2.0
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** What kafka-topics.sh --create does: BROKER TOPIC PARTITIONS [NAME=VALUE...] */
class Topic {
    public static void main(String[] given) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", given[0]);
        Map<String, String> settings = new TreeMap<>();
        for (int i = 3; i < given.length; ++i)
            settings.put(given[i].split("=", 2)[0], given[i].split("=", 2)[1]);
        NewTopic topic = new NewTopic(given[1], Optional.of(Integer.parseInt(given[2])), Optional.empty()).configs(settings);
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }
}
