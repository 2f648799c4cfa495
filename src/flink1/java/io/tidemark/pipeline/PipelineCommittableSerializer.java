package io.tidemark.pipeline;

import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TablesCheckpoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** What is staged and what is to be merged, as it travels and as a checkpoint keeps it. */
final class PipelineCommittableSerializer
    implements SimpleVersionedSerializer<PipelineCommittable> {

  private static final int VERSION = 1;

  private static final int STAGED = 0;
  private static final int GATHERED = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(PipelineCommittable committable) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ShapeOutput out = new ShapeOutput(new DataOutputStream(bytes));
    if (committable instanceof PipelineCommittable.Staged staged) {
      out.data().writeByte(STAGED);
      out.staged(staged.tables());
    } else if (committable instanceof PipelineCommittable.Gathered gathered) {
      out.data().writeByte(GATHERED);
      out.checkpoint(gathered.checkpoint());
    }
    return bytes.toByteArray();
  }

  @Override
  public PipelineCommittable deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "the checkpoint's part of a sink has version "
              + version
              + ", and this Tidemark reads version "
              + VERSION
              + ": start the job with the Tidemark that wrote it, or a newer one");
    }
    DataInputStream data = new DataInputStream(new ByteArrayInputStream(serialized));
    ShapeInput in = new ShapeInput(data);
    try {
      PipelineCommittable read = read(data.readByte(), in);
      if (data.read() >= 0) {
        throw new IOException("the checkpoint's part of a sink has more bytes than it should have");
      }
      return read;
    } catch (EOFException e) {
      throw new IOException("the checkpoint's part of a sink ends too early", e);
    }
  }

  private static PipelineCommittable read(int kind, ShapeInput in) throws IOException {
    if (kind == STAGED) {
      StagedTables tables = in.staged();
      return new PipelineCommittable.Staged(tables);
    }
    if (kind == GATHERED) {
      TablesCheckpoint checkpoint = in.checkpoint();
      return new PipelineCommittable.Gathered(checkpoint);
    }
    throw new IOException("the checkpoint's part of a sink is of no known kind: " + kind);
  }
}
