// SPDX-License-Identifier: Apache-2.0
// Reads a content pack as a Graylog server does that installs it: the pack, each entity's data and
// what the server would store of it, by the server's own classes. Complains of each that they do
// not know, do not keep, or find invalid.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.google.inject.Module;
import com.google.inject.spi.Element;
import com.google.inject.spi.Elements;
import com.google.inject.spi.InstanceBinding;
import java.io.File;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bson.types.ObjectId;
import org.graylog.events.EventsModule;
import org.graylog.events.contentpack.entities.EventDefinitionEntity;
import org.graylog.events.processor.EventDefinitionDto;
import org.graylog.plugins.views.ViewsBindings;
import org.graylog.plugins.views.search.Search;
import org.graylog.plugins.views.search.searchtypes.MessageList;
import org.graylog2.contentpacks.ContentPacksModule;
import org.graylog2.contentpacks.model.ContentPack;
import org.graylog2.contentpacks.model.ContentPackV1;
import org.graylog2.contentpacks.model.ModelType;
import org.graylog2.contentpacks.model.ModelTypes;
import org.graylog2.contentpacks.model.entities.Entity;
import org.graylog2.contentpacks.model.entities.EntityDescriptor;
import org.graylog2.contentpacks.model.entities.EntityV1;
import org.graylog2.contentpacks.model.entities.InputEntity;
import org.graylog2.contentpacks.model.entities.StreamEntity;
import org.graylog2.contentpacks.model.entities.StreamReferenceEntity;
import org.graylog2.contentpacks.model.entities.StreamRuleEntity;
import org.graylog2.contentpacks.model.entities.ViewEntity;
import org.graylog2.contentpacks.model.entities.ViewStateEntity;
import org.graylog2.contentpacks.model.entities.WidgetEntity;
import org.graylog2.contentpacks.model.entities.references.ReferenceMapUtils;
import org.graylog2.inputs.codecs.GelfCodec;
import org.graylog2.inputs.transports.TcpTransport;
import org.graylog2.plugin.configuration.Configuration;
import org.graylog2.plugin.configuration.ConfigurationRequest;
import org.graylog2.plugin.rest.ValidationResult;
import org.graylog2.plugin.streams.Stream;
import org.graylog2.plugin.streams.Stream.MatchingType;
import org.graylog2.plugin.streams.StreamRuleType;
import org.graylog2.shared.bindings.providers.ObjectMapperProvider;

public final class ReadPack {
    private static final String GELF_TCP = "org.graylog2.inputs.gelf.tcp.GELFTCPInput";

    private final ObjectMapper mapper = new ObjectMapperProvider(ReadPack.class.getClassLoader(), subtypes()).get();
    private final Map<EntityDescriptor, Object> installed = new HashMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private int widgets;
    private int complaints;
    private String where = "pack";

    /** The types that the server's own modules register: widgets, search types, event processors. */
    private static Set<NamedType> subtypes() {
        Set<NamedType> types = new LinkedHashSet<>();
        Module[] modules = {new ViewsBindings(), new EventsModule(), new ContentPacksModule()};
        for (Element element : Elements.getElements(modules)) {
            if (element instanceof InstanceBinding<?> binding && binding.getInstance() instanceof NamedType type)
                types.add(type);
        }
        return types;
    }

    private void complain(String what) {
        ++complaints;
        System.out.println("COMPLAINT " + where + ": " + what);
    }

    /** What we wrote must be there when the class is written again; it may add defaults. */
    private void kept(String path, JsonNode ours, JsonNode theirs) {
        if (ours.isNull() && theirs.isMissingNode())
            return;
        if (theirs.isMissingNode() && path.matches(".*/search_types/\\d+/sort"))
            return; // that of messages is read and never written; view() looks for it
        if (ours.isObject()) {
            ours.fields().forEachRemaining(field ->
                    kept(path + "/" + field.getKey(), field.getValue(), theirs.path(field.getKey())));
        } else if (ours.isArray() && ours.size() == theirs.size()) {
            for (int i = 0; i < ours.size(); ++i)
                kept(path + "/" + i, ours.get(i), same(ours.get(i), theirs, i));
        } else if (ours.isNumber() && theirs.isNumber()) {
            if (ours.asDouble() != theirs.asDouble())
                complain(path + ": " + ours + " became " + theirs);
        } else if (!ours.equals(theirs)) {
            complain(path + ": " + ours + " became " + theirs);
        }
    }

    /** Many lists are sets to the server: what has an id is found by it, a text by itself. */
    private static JsonNode same(JsonNode ours, JsonNode theirs, int at) {
        for (JsonNode node : theirs) {
            if (ours.isTextual() ? ours.equals(node) : ours.hasNonNull("id") && ours.get("id").equals(node.get("id")))
                return node;
        }
        return theirs.get(at);
    }

    private <T> T read(EntityV1 entity, Class<T> type) {
        T read = mapper.convertValue(entity.data(), type);
        kept("", entity.data(), mapper.valueToTree(read));
        return read;
    }

    private void known(String what, Object object) {
        String name = object.getClass().getSimpleName();
        if (name.contains("Unknown") || name.contains("Fallback"))
            complain(what + " is of a type the server does not know");
    }

    private void view(EntityV1 entity) {
        ViewEntity view = read(entity, ViewEntity.class);
        Search search = view.search().toNativeEntity(Map.of(), installed);
        Set<String> found = new LinkedHashSet<>();

        search.queries().forEach(query -> query.searchTypes().forEach(type -> {
            known("search type " + type.id(), type);
            found.add(type.id());
            if (type instanceof MessageList messages && (messages.sort() == null || messages.sort().isEmpty()))
                complain("messages in no order: " + type.id());
        }));
        for (ViewStateEntity state : view.state().values()) {
            state.toNativeEntity(Map.of(), installed);
            for (WidgetEntity widget : state.widgets()) {
                ++widgets;
                known("widget " + widget.id(), widget.config());
                Set<String> needs = state.widgetMapping().getOrDefault(widget.id(), Set.of());
                if (needs.isEmpty() || !found.containsAll(needs))
                    complain("widget " + widget.id() + " has no search of its own");
                if (!state.widgetPositions().containsKey(widget.id()))
                    complain("widget " + widget.id() + " has no place");
            }
        }
        view.toNativeEntity(Map.of(), installed).state(Map.of()).searchId(search.id()).build();
        if (!view.state().keySet().equals(search.queries().stream().map(q -> q.id())
                .collect(java.util.stream.Collectors.toSet())))
            complain("pages and queries differ");
    }

    private void eventDefinition(EntityV1 entity) throws ReflectiveOperationException {
        EventDefinitionDto event = read(entity, EventDefinitionEntity.class).toNativeEntity(Map.of(), installed);
        ValidationResult result = validate(event);
        if (result.failed())
            complain("invalid: " + result.getErrors());
    }

    /** Servers differ in what else they want to know. */
    private static ValidationResult validate(EventDefinitionDto event) throws ReflectiveOperationException {
        for (Method method : EventDefinitionDto.class.getMethods()) {
            if (method.getName().equals("validate"))
                return (ValidationResult) method.invoke(event, new Object[method.getParameterCount()]);
        }
        throw new NoSuchMethodException("validate");
    }

    private void stream(EntityV1 entity) {
        StreamEntity stream = read(entity, StreamEntity.class);
        stream.matchingType().asEnum(Map.of(), MatchingType.class);
        for (StreamRuleEntity rule : stream.streamRules())
            rule.type().asEnum(Map.of(), StreamRuleType.class);
    }

    private void input(EntityV1 entity) throws Exception {
        InputEntity input = read(entity, InputEntity.class);
        ConfigurationRequest request = new TcpTransport.Config().getRequestedConfiguration();
        Map<String, Object> values = ReferenceMapUtils.toValueMap(input.configuration(), Map.of());

        request.putAll(new GelfCodec.Config().getRequestedConfiguration().getFields());
        if (!input.type().asString().equals(GELF_TCP))
            complain("not the input we know: " + input.type().asString());
        Class.forName(GELF_TCP);
        request.check(new Configuration(values));
        for (String key : values.keySet()) {
            if (!request.containsField(key))
                complain("the input has no setting " + key);
        }
    }

    private void entity(EntityV1 entity) throws Exception {
        ModelType type = entity.type();

        where = type.name() + " " + entity.data().at("/title/@value").asText();
        counts.merge(type.name(), 1, Integer::sum);
        if (type.equals(ModelTypes.DASHBOARD_V2) || type.equals(ModelTypes.SEARCH_V1))
            view(entity);
        else if (type.equals(ModelTypes.EVENT_DEFINITION_V1))
            eventDefinition(entity);
        else if (type.equals(ModelTypes.STREAM_V1))
            stream(entity);
        else if (type.equals(ModelTypes.STREAM_REF_V1))
            read(entity, StreamReferenceEntity.class);
        else if (type.equals(ModelTypes.INPUT_V1))
            input(entity);
        else
            complain("no reader for " + type);
    }

    private static Stream someStream() {
        String id = new ObjectId().toHexString();
        return (Stream) Proxy.newProxyInstance(ReadPack.class.getClassLoader(), new Class<?>[] {Stream.class},
                (proxy, method, arguments) -> method.getName().equals("getId") ? id : null);
    }

    private void read(File file) throws Exception {
        ContentPack pack = mapper.readValue(file, ContentPack.class);
        if (!(pack instanceof ContentPackV1 v1)) {
            complain("taken for a " + pack.getClass().getSimpleName());
            return;
        }
        kept("", mapper.readTree(file), mapper.valueToTree(pack));
        // Streams come first at an installation: the others refer to what became of them.
        for (Entity entity : v1.entities()) {
            if (entity.type().equals(ModelTypes.STREAM_V1) || entity.type().equals(ModelTypes.STREAM_REF_V1))
                installed.put(entity.toEntityDescriptor(), someStream());
        }
        for (Entity entity : v1.entities()) {
            try {
                entity((EntityV1) entity);
            } catch (Exception e) {
                complain(e.toString());
            }
        }
    }

    public static void main(String[] args) throws Exception {
        ReadPack reader = new ReadPack();
        reader.read(new File(args[0]));
        System.out.println(reader.counts + " widgets=" + reader.widgets + " complaints=" + reader.complaints);
        System.exit(reader.complaints == 0 ? 0 : 1);
    }
}
