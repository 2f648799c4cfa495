package io.tidemark.source;

import io.tidemark.change.Encoding;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.MalformedException;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.AnnouncedRange;
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
 * Version 3: identity, streamed tables, covered ranges, holes, announced ranges, facts of the
 * source. Version 2 had no facts, version 1 no announced ranges either. Refuses versions it does
 * not know.
 */
final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {

  private static final int VERSION = 3;
  private static final int OLDEST_VERSION = 1;
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
    out.writeInt(state.announced().size());
    for (AnnouncedRange announced : state.announced()) {
      Encoding.writeTable(out, announced.table());
      out.writeInt(announced.number());
      out.writeInt(announced.lastNumber());
      Encoding.writeRange(out, announced.range());
    }
    out.writeInt(state.memory().facts().size());
    for (Map.Entry<String, String> fact : state.memory().facts().entrySet()) {
      Encoding.writeString(out, fact.getKey());
      Encoding.writeString(out, fact.getValue());
    }
    return bytes.toByteArray();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] serialized) throws IOException {
    StateEncoding.requireVersion(version, OLDEST_VERSION, VERSION, "enumerator state");
    return StateEncoding.read(serialized, in -> read(in, version));
  }

  private static EnumeratorState read(DataInputStream in, int version) throws IOException {
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
    List<AnnouncedRange> announced = new ArrayList<>();
    int most = version == 1 ? 0 : Encoding.readSize(in, MOST_ENTRIES, "the announced ranges");
    for (int left = most; left > 0; left--) {
      announced.add(readAnnounced(in));
    }
    Map<String, String> facts = new HashMap<>();
    int mostFacts = version < 3 ? 0 : Encoding.readSize(in, MOST_ENTRIES, "the facts");
    for (int left = mostFacts; left > 0; left--) {
      String about = Encoding.readString(in);
      if (facts.put(about, Encoding.readString(in)) != null) {
        throw new MalformedException("a fact of the source is there twice");
      }
    }
    return new EnumeratorState(
        identity, streamed, covered, holes, announced, new SourceMemory(facts));
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
    KeyRange.Between range = readRange(in);
    return new EnumeratorState.Covered(table, first, last, range, Encoding.readString(in));
  }

  private static AnnouncedRange readAnnounced(DataInputStream in) throws IOException {
    TableId table = Encoding.readTable(in);
    int number = in.readInt();
    int last = in.readInt();
    if (number < 0 || last < number) {
      throw new MalformedException("an announced chunk has the numbers " + number + " to " + last);
    }
    return new AnnouncedRange(table, number, last, readRange(in));
  }

  private static KeyRange.Between readRange(DataInputStream in) throws IOException {
    if (!(Encoding.readRange(in) instanceof KeyRange.Between range)) {
      throw new MalformedException("a range is a single key");
    }
    return range;
  }
}
