package io.tidemark.table.sink;

import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** What is to be merged, as it is kept in a checkpoint. */
final class StagedCheckpointSerializer implements SimpleVersionedSerializer<StagedCheckpoint> {

  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(StagedCheckpoint checkpoint) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    write(checkpoint.number(), out);
    out.writeBoolean(checkpoint.previous().isPresent());
    if (checkpoint.previous().isPresent()) {
      write(checkpoint.previous().get(), out);
    }
    out.writeInt(checkpoint.staged().size());
    for (StagedRows staged : checkpoint.staged()) {
      StagedRowsSerializer.write(staged, out);
    }
    return bytes.toByteArray();
  }

  private static void write(Milestone milestone, DataOutputStream out) throws IOException {
    out.writeLong(milestone.epoch());
    out.writeLong(milestone.sequence());
  }

  @Override
  public StagedCheckpoint deserialize(int version, byte[] serialized) throws IOException {
    StagedRowsSerializer.requireVersion(version, VERSION);
    return StagedRowsSerializer.whole(serialized, StagedCheckpointSerializer::read);
  }

  private static StagedCheckpoint read(DataInputStream in) throws IOException {
    Milestone number = milestone(in);
    Optional<Milestone> previous = in.readBoolean() ? Optional.of(milestone(in)) : Optional.empty();
    int count = in.readInt();
    List<StagedRows> staged = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      staged.add(StagedRowsSerializer.read(in));
    }
    return new StagedCheckpoint(number, previous, staged);
  }

  private static Milestone milestone(DataInputStream in) throws IOException {
    return new Milestone(in.readLong(), in.readLong());
  }
}
