// SPDX-License-Identifier: Apache-2.0
// Reads the bodies of REST calls, {"method", "path", "body"} a line, as a Graylog server's resources
// do: a body that they would refuse is a complaint.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.graylog2.contentpacks.model.ContentPack;
import org.graylog2.contentpacks.model.ContentPackV1;
import org.graylog2.indexer.indexset.CustomFieldMappings;
import org.graylog2.indexer.indexset.IndexSetConfig;
import org.graylog2.indexer.indexset.profile.IndexFieldTypeProfile;
import org.graylog2.indexer.indexset.profile.IndexFieldTypeProfileData;
import org.graylog2.rest.models.streams.requests.UpdateStreamRequest;
import org.graylog2.rest.models.system.contentpacks.responses.ContentPackInstallationRequest;
import org.graylog2.rest.resources.system.field_types.FieldTypeProfileChangeRequest;
import org.graylog2.rest.resources.system.indexer.responses.IndexSetSummary;
import org.graylog2.shared.bindings.providers.ObjectMapperProvider;

public final class ReadCalls {
    private static final Map<String, Class<?>> BODIES = new LinkedHashMap<>();

    static {
        BODIES.put("POST /api/system/indices/index_sets/profiles", IndexFieldTypeProfileData.class);
        BODIES.put("PUT /api/system/indices/index_sets/profiles", IndexFieldTypeProfile.class);
        BODIES.put("POST /api/system/indices/index_sets", IndexSetSummary.class);
        BODIES.put("PUT /api/system/indices/mappings/set_profile", FieldTypeProfileChangeRequest.class);
        BODIES.put("POST /api/system/content_packs", ContentPack.class);
        BODIES.put("POST /api/system/content_packs/[^/]+/[0-9]+/installations", ContentPackInstallationRequest.class);
        BODIES.put("PUT /api/streams/[^/]+", UpdateStreamRequest.class);
    }

    /** What the server asks beyond that the body can be read. */
    private static void check(Object body) {
        CustomFieldMappings mappings = body instanceof IndexFieldTypeProfileData profile
                ? profile.customFieldMappings() : new CustomFieldMappings();
        mappings.forEach(mapping -> {
            if (!CustomFieldMappings.AVAILABLE_TYPES.containsKey(mapping.type()))
                throw new IllegalArgumentException("no type " + mapping.type());
        });
        if (body instanceof IndexSetSummary set) {
            IndexSetConfig config = set.toIndexSetConfig(true);
            if (config.rotationStrategyConfig() == null || config.retentionStrategyConfig() == null)
                throw new IllegalArgumentException("without rotation or retention");
        }
        if (body instanceof ContentPack && !(body instanceof ContentPackV1))
            throw new IllegalArgumentException("not a content pack of version 1");
    }

    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = new ObjectMapperProvider().get();
        int calls = 0;
        int complaints = 0;
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            JsonNode call = mapper.readTree(line);
            String what = call.get("method").asText() + " " + call.get("path").asText();
            ++calls;
            try {
                Class<?> type = BODIES.entrySet().stream().filter(body -> what.matches(body.getKey()))
                        .findFirst().orElseThrow().getValue();
                check(mapper.treeToValue(call.get("body"), type));
            } catch (Exception e) {
                ++complaints;
                System.out.println("COMPLAINT " + what + ": " + e);
            }
        }
        System.out.println("calls=" + calls + " complaints=" + complaints);
        System.exit(complaints == 0 && calls > 0 ? 0 : 1);
    }
}
