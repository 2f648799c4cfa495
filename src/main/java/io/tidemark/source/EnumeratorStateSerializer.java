package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
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
    StateEncoding.writeString(out, state.sourceIdentity());
    out.writeInt(state.streamed().size());
    for (TableId table : state.streamed()) {
      StateEncoding.writeTable(out, table);
    }
    out.writeInt(state.covered().size());
    for (EnumeratorState.Covered covered : state.covered()) {
      StateEncoding.writeTable(out, covered.table());
      out.writeInt(covered.first());
      out.writeInt(covered.last());
      StateEncoding.writeRange(out, covered.range());
      StateEncoding.writeString(out, covered.snapshot());
    }
    out.writeInt(state.holes().size());
    for (Map.Entry<TableId, Set<Key>> holes : state.holes().entrySet()) {
      StateEncoding.writeTable(out, holes.getKey());
      out.writeInt(holes.getValue().size());
      for (Key key : holes.getValue()) {
        StateEncoding.writeKey(out, key);
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
    String identity = StateEncoding.readString(in);
    Set<TableId> streamed = new HashSet<>();
    for (int left = StateEncoding.readSize(in, MOST_ENTRIES, "the tables"); left > 0; left--) {
      TableId table = StateEncoding.readTable(in);
      requireNew(streamed.add(table), table);
    }
    List<EnumeratorState.Covered> covered = new ArrayList<>();
    for (int left = StateEncoding.readSize(in, MOST_ENTRIES, "the ranges"); left > 0; left--) {
      covered.add(readCovered(in));
    }
    Map<TableId, Set<Key>> holes = new HashMap<>();
    for (int left = StateEncoding.readSize(in, MOST_ENTRIES, "the holes"); left > 0; left--) {
      TableId table = StateEncoding.readTable(in);
      Set<Key> keys = new HashSet<>();
      for (int more = StateEncoding.readSize(in, MOST_ENTRIES, "the keys"); more > 0; more--) {
        requireNew(keys.add(StateEncoding.readKey(in)), table);
      }
      requireNew(holes.put(table, keys) == null, table);
    }
    return new EnumeratorState(identity, streamed, covered, holes);
  }

  /** What is written from a set is there once. */
  private static void requireNew(boolean isNew, TableId table) throws IOException {
    if (!isNew) {
      throw new IOException(
          "the state is damaged: table " + table + " or a key of it is there twice");
    }
  }

  private static EnumeratorState.Covered readCovered(DataInputStream in) throws IOException {
    TableId table = StateEncoding.readTable(in);
    int first = in.readInt();
    int last = in.readInt();
    if (!(StateEncoding.readRange(in) instanceof KeyRange.Between range)) {
      throw new IOException("the state is damaged: a covered range is a single key");
    }
    return new EnumeratorState.Covered(table, first, last, range, StateEncoding.readString(in));
  }
}
