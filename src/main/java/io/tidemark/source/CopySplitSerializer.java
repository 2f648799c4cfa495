package io.tidemark.source;

import io.tidemark.change.Encoding;
import io.tidemark.change.Key;
import io.tidemark.change.MalformedException;
import io.tidemark.schema.TableId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Version 1: a kind, then the fields. Refuses versions and kinds that it does not know. */
final class CopySplitSerializer implements SimpleVersionedSerializer<CopySplit> {

  private static final int VERSION = 1;
  private static final int MOST_KEYS = 100_000_000;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(CopySplit split) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    if (split instanceof CopySplit.LogSplit log) {
      out.writeByte(0);
      Encoding.writeString(out, log.position());
      Encoding.writeString(out, log.pending());
    } else if (split instanceof CopySplit.ChunkSplit chunk) {
      out.writeByte(1);
      out.writeLong(chunk.cycle());
      Encoding.writeChunk(out, chunk.chunk());
      Encoding.writeString(out, chunk.snapshot());
    } else if (split instanceof CopySplit.ReopenedSplit reopened) {
      out.writeByte(2);
      Encoding.writeTable(out, reopened.table());
      out.writeInt(reopened.keys().size());
      for (Key key : reopened.keys()) {
        Encoding.writeKey(out, key);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public CopySplit deserialize(int version, byte[] serialized) throws IOException {
    StateEncoding.requireVersion(version, VERSION, VERSION, "splits");
    return StateEncoding.read(serialized, CopySplitSerializer::read);
  }

  private static CopySplit readReopened(DataInputStream in) throws IOException {
    TableId table = Encoding.readTable(in);
    int size = Encoding.readSize(in, MOST_KEYS, "the reopened keys");
    List<Key> keys = new ArrayList<>();
    for (int left = size; left > 0; left--) {
      keys.add(Encoding.readKey(in));
    }
    return new CopySplit.ReopenedSplit(table, keys);
  }

  private static CopySplit read(DataInputStream in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case 0 -> new CopySplit.LogSplit(Encoding.readString(in), Encoding.readString(in));
      case 1 ->
          new CopySplit.ChunkSplit(in.readLong(), Encoding.readChunk(in), Encoding.readString(in));
      case 2 -> readReopened(in);
      default -> throw new MalformedException("no split is of kind " + kind);
    };
  }
}
