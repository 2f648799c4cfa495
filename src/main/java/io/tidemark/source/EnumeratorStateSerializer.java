package io.tidemark.source;

import io.tidemark.change.Encoding;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.MalformedException;
import io.tidemark.schema.TableId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Version 1: identity, streamed tables, covered ranges, holes. Refuses versions it does not know.
 */
final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {

  private static final int VERSION = 1;
  private static final int MOST_ENTRIES = 100_000_000;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(EnumeratorState state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    Encoding.writeString(out, state.sourceIdentity());
    out.writeInt(state.streamed().size());
    for (TableId table : state.streamed()) {
      Encoding.writeTable(out, table);
    }
    out.writeInt(state.covered().size());
    for (EnumeratorState.Covered covered : state.covered()) {
      Encoding.writeTable(out, covered.table());
      out.writeInt(covered.first());
      out.writeInt(covered.last());
      Encoding.writeRange(out, covered.range());
      Encoding.writeString(out, covered.snapshot());
    }
    out.writeInt(state.holes().size());
    for (Map.Entry<TableId, Set<Key>> holes : state.holes().entrySet()) {
      Encoding.writeTable(out, holes.getKey());
      out.writeInt(holes.getValue().size());
      for (Key key : holes.getValue()) {
        Encoding.writeKey(out, key);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] serialized) throws IOException {
    StateEncoding.requireVersion(version, VERSION, "enumerator state");
    return StateEncoding.read(serialized, EnumeratorStateSerializer::read);
  }

  private static EnumeratorState read(DataInputStream in) throws IOException {
    String identity = Encoding.readString(in);
    Set<TableId> streamed = new HashSet<>();
    for (int left = Encoding.readSize(in, MOST_ENTRIES, "the tables"); left > 0; left--) {
      TableId table = Encoding.readTable(in);
      requireNew(streamed.add(table), table);
    }
    List<EnumeratorState.Covered> covered = new ArrayList<>();
    for (int left = Encoding.readSize(in, MOST_ENTRIES, "the ranges"); left > 0; left--) {
      covered.add(readCovered(in));
    }
    Map<TableId, Set<Key>> holes = new HashMap<>();
    for (int left = Encoding.readSize(in, MOST_ENTRIES, "the holes"); left > 0; left--) {
      TableId table = Encoding.readTable(in);
      Set<Key> keys = new HashSet<>();
      for (int more = Encoding.readSize(in, MOST_ENTRIES, "the keys"); more > 0; more--) {
        requireNew(keys.add(Encoding.readKey(in)), table);
      }
      requireNew(holes.put(table, keys) == null, table);
    }
    return new EnumeratorState(identity, streamed, covered, holes);
  }

  /** What is written from a set is there once. */
  private static void requireNew(boolean isNew, TableId table) throws IOException {
    if (!isNew) {
      throw new MalformedException("table " + table + " or a key of it is there twice");
    }
  }

  private static EnumeratorState.Covered readCovered(DataInputStream in) throws IOException {
    TableId table = Encoding.readTable(in);
    int first = in.readInt();
    int last = in.readInt();
    if (!(Encoding.readRange(in) instanceof KeyRange.Between range)) {
      throw new MalformedException("a covered range is a single key");
    }
    return new EnumeratorState.Covered(table, first, last, range, Encoding.readString(in));
  }
}
