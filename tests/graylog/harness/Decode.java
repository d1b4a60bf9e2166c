// SPDX-License-Identifier: Apache-2.0
// What a Graylog server makes of a stream of GELF frames: cut by the frame splitter of its TCP input,
// read by its GELF codec. A line of JSON for each decoded message on stdout; what the codec has to
// say, and each frame that it refuses, on stderr.

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.Delimiters;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.graylog2.inputs.codecs.GelfChunkAggregator;
import org.graylog2.inputs.codecs.GelfCodec;
import org.graylog2.inputs.transports.netty.LenientDelimiterBasedFrameDecoder;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageFactory;
import org.graylog2.plugin.configuration.Configuration;
import org.graylog2.plugin.journal.RawMessage;
import org.graylog2.shared.bindings.providers.ObjectMapperProvider;

public final class Decode {
    private static final int FRAME_LIMIT = 2 * 1024 * 1024; // the input's default
    private static final int READ_SIZE = 8 * 1024; // so that frames come in parts, as from a socket

    private final ObjectMapper json = new ObjectMapperProvider().get();
    private final PrintStream out;
    private final GelfCodec codec;
    private int refused;

    private Decode(ScheduledExecutorService executor, PrintStream out) throws Exception {
        this.out = out;
        // Only the server's injector may make this one otherwise.
        var factory = Class.forName("org.graylog2.plugin.DefaultMessageFactory").getDeclaredConstructor();
        factory.setAccessible(true);
        // Without the service that counts further messages of a frame: such a frame is refused.
        codec = new GelfCodec(new Configuration(Collections.emptyMap()),
                new GelfChunkAggregator(executor, new MetricRegistry()),
                (MessageFactory) factory.newInstance(), null);
    }

    private void decode(byte[] frame) throws Exception {
        // The input hands on no empty frame; the newline before a null byte leaves none either.
        if (frame.length == 0)
            return;
        try {
            RawMessage raw = new RawMessage(frame, new InetSocketAddress("192.0.2.1", 12201));
            Optional<Message> message = codec.decodeSafe(raw);
            if (message.isEmpty()) {
                refuse(frame, "nothing came of it");
                return;
            }
            Map<String, Object> fields = new TreeMap<>(message.get().getFields());
            fields.remove(Message.FIELD_ID); // made up for each message
            fields.remove(Message.FIELD_GL2_MESSAGE_ID);
            out.println(json.writeValueAsString(fields));
        } catch (RuntimeException e) {
            refuse(frame, e.getMessage());
        }
    }

    private void refuse(byte[] frame, String why) {
        ++refused;
        System.err.println("REFUSED " + why + ": " + new String(frame, StandardCharsets.UTF_8));
    }

    private void read(InputStream in) throws Exception {
        EmbeddedChannel channel = new EmbeddedChannel(
                new LenientDelimiterBasedFrameDecoder(FRAME_LIMIT, Delimiters.nulDelimiter()));
        byte[] part = new byte[READ_SIZE];
        for (int n; (n = in.read(part)) > 0;) {
            channel.writeInbound(Unpooled.copiedBuffer(part, 0, n));
            drain(channel);
        }
        channel.finish();
        drain(channel);
    }

    private void drain(EmbeddedChannel channel) throws Exception {
        for (ByteBuf frame; (frame = channel.readInbound()) != null; frame.release())
            decode(ByteBufUtil.getBytes(frame));
    }

    public static void main(String[] args) throws Exception {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
        try {
            PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
            Decode decode = new Decode(executor, out);
            for (String name : args) {
                try (InputStream in = name.equals("-") ? System.in : new FileInputStream(name)) {
                    decode.read(in);
                }
            }
            out.flush();
            System.exit(decode.refused == 0 ? 0 : 1);
        } finally {
            executor.shutdownNow(); // an error ends the program, too
        }
    }
}
