package io.tidemark.pipeline;

import io.tidemark.source.EnumeratorState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The state of a pipeline's source as a checkpoint keeps it. */
final class EventSourceStateSerializer implements SimpleVersionedSerializer<EventSourceState> {

  private static final int VERSION = 1;

  private final SimpleVersionedSerializer<EnumeratorState> sources;

  EventSourceStateSerializer(SimpleVersionedSerializer<EnumeratorState> sources) {
    this.sources = sources;
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(EventSourceState state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(sources.getVersion());
    write(out, sources.serialize(state.source()));
    out.writeInt(state.shapes().size());
    for (Map.Entry<String, String> shape : new TreeMap<>(state.shapes()).entrySet()) {
      write(out, shape.getKey().getBytes(StandardCharsets.UTF_8));
      write(out, shape.getValue().getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public EventSourceState deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "the checkpoint's part of a pipeline's source has version "
              + version
              + ", and this Tidemark reads version "
              + VERSION
              + ": start the job with the Tidemark that wrote it, or a newer one");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
    try {
      EnumeratorState source = sources.deserialize(in.readInt(), read(in));
      Map<String, String> shapes = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String table = new String(read(in), StandardCharsets.UTF_8);
        shapes.put(table, new String(read(in), StandardCharsets.UTF_8));
      }
      if (in.read() >= 0) {
        throw new IOException("the checkpoint's part of a source has more bytes than it should");
      }
      return new EventSourceState(source, shapes);
    } catch (EOFException e) {
      throw new IOException("the checkpoint's part of a pipeline's source ends too early", e);
    }
  }

  private static byte[] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new EOFException("a part of " + length + " bytes");
    }
    return in.readNBytes(length);
  }
}
