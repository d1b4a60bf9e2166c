// SPDX-License-Identifier: Apache-2.0
// Reads the bodies of REST calls, {"method", "path", "body"} a line, as a Graylog server's resources
// do: a body that they would refuse is a complaint. What a call wants is asked of the resource's method, as it
// is not the same in each version.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.graylog.plugins.views.search.rest.scriptingapi.request.MessagesRequestSpec;
import org.graylog.security.shares.EntityShareRequest;
import org.graylog2.contentpacks.model.ContentPack;
import org.graylog2.contentpacks.model.ContentPackV1;
import org.graylog2.indexer.indexset.CustomFieldMappings;
import org.graylog2.indexer.indexset.profile.IndexFieldTypeProfile;
import org.graylog2.indexer.indexset.profile.IndexFieldTypeProfileData;
import org.graylog2.rest.models.roles.responses.RoleResponse;
import org.graylog2.rest.resources.streams.StreamResource;
import org.graylog2.rest.resources.streams.rules.StreamRuleResource;
import org.graylog2.rest.resources.system.contentpacks.ContentPackResource;
import org.graylog2.rest.resources.system.field_types.FieldTypeProfileChangeRequest;
import org.graylog2.rest.resources.system.indexer.IndexSetsResource;
import org.graylog2.rest.resources.system.inputs.InputsResource;
import org.graylog2.shared.bindings.providers.ObjectMapperProvider;
import org.graylog2.shared.security.RestPermissions;

public final class ReadCalls {
    private static final Map<String, Type> BODIES = new LinkedHashMap<>();

    static {
        BODIES.put("POST /api/system/indices/index_sets/profiles", IndexFieldTypeProfileData.class);
        BODIES.put("PUT /api/system/indices/index_sets/profiles", IndexFieldTypeProfile.class);
        BODIES.put("POST /api/system/indices/index_sets", body(IndexSetsResource.class, "save"));
        BODIES.put("PUT /api/system/indices/mappings/set_profile", FieldTypeProfileChangeRequest.class);
        BODIES.put("POST /api/system/content_packs", body(ContentPackResource.class, "createContentPack"));
        BODIES.put("POST /api/system/content_packs/[^/]+/[0-9]+/installations",
                body(ContentPackResource.class, "installContentPack"));
        BODIES.put("POST /api/streams", body(StreamResource.class, "create"));
        BODIES.put("PUT /api/streams/[^/]+", body(StreamResource.class, "update"));
        BODIES.put("POST /api/streams/[^/]+/rules", body(StreamRuleResource.class, "create"));
        BODIES.put("POST /api/roles", RoleResponse.class);
        BODIES.put("PUT /api/roles/[^/]+", RoleResponse.class);
        BODIES.put("PUT /api/roles/[^/]+/members/[^/]+", Map.class);
        BODIES.put("POST /api/authz/shares/entities/[^/]+/prepare", EntityShareRequest.class);
        BODIES.put("POST /api/authz/shares/entities/[^/]+", EntityShareRequest.class);
        BODIES.put("POST /api/search/messages", MessagesRequestSpec.class);
        BODIES.put("POST /api/system/inputs", body(InputsResource.class, "create"));
    }

    private static Type body(Class<?> resource, String name) {
        for (Method method : resource.getDeclaredMethods()) {
            if (!method.getName().equals(name))
                continue;
            Type[] types = method.getGenericParameterTypes();
            Parameter[] parameters = method.getParameters();
            for (int i = 0; i < parameters.length; ++i) {
                if (!parameters[i].isAnnotationPresent(Context.class) && !parameters[i].isAnnotationPresent(PathParam.class)
                        && !parameters[i].isAnnotationPresent(QueryParam.class))
                    return types[i];
            }
        }
        throw new IllegalStateException("no body of " + resource + "." + name);
    }

    /** Whether the server asks for a permission of that name, with or without an id behind it. */
    private static boolean isPermission(String permission) {
        for (Field field : RestPermissions.class.getFields()) {
            try {
                if (field.getType() == String.class && (permission + ":").startsWith(field.get(null) + ":"))
                    return true;
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
        return false;
    }

    /** What the server asks beyond that the body can be read. */
    private static void check(Object body) {
        Objects.requireNonNull(body);
        CustomFieldMappings mappings = body instanceof IndexFieldTypeProfileData profile
                ? profile.customFieldMappings() : new CustomFieldMappings();
        mappings.forEach(mapping -> {
            if (!CustomFieldMappings.AVAILABLE_TYPES.containsKey(mapping.type()))
                throw new IllegalArgumentException("no type " + mapping.type());
        });
        if (body instanceof RoleResponse role) {
            role.permissions().stream().filter(permission -> !isPermission(permission)).forEach(permission -> {
                throw new IllegalArgumentException("no permission " + permission);
            });
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
            if (call.get("body").isNull())
                continue;
            ++calls;
            try {
                Type type = BODIES.entrySet().stream().filter(body -> what.matches(body.getKey()))
                        .findFirst().orElseThrow().getValue();
                check(mapper.convertValue(call.get("body"), mapper.constructType(type)));
            } catch (Exception e) {
                ++complaints;
                System.out.println("COMPLAINT " + what + ": " + e);
            }
        }
        System.out.println("calls=" + calls + " complaints=" + complaints);
        System.exit(complaints == 0 && calls > 0 ? 0 : 1);
    }
}
