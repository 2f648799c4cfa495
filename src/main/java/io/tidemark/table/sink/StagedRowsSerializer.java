package io.tidemark.table.sink;

import io.tidemark.staging.StagedRows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** What a writer has staged, on its way to where it is gathered. */
final class StagedRowsSerializer implements SimpleVersionedSerializer<StagedRows> {

  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(StagedRows staged) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    write(staged, new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  static void write(StagedRows staged, DataOutputStream out) throws IOException {
    out.writeLong(staged.writer());
    out.writeUTF(staged.table());
    out.writeLong(staged.rows());
  }

  @Override
  public StagedRows deserialize(int version, byte[] serialized) throws IOException {
    requireVersion(version, VERSION);
    return whole(serialized, StagedRowsSerializer::read);
  }

  /** Reads something. */
  interface Reading<T> {
    T read(DataInputStream in) throws IOException;
  }

  /** What all of the bytes say, and none more. */
  static <T> T whole(byte[] serialized, Reading<T> reading) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
    try {
      T read = reading.read(in);
      if (in.read() >= 0) {
        throw new IOException("the checkpoint's part of a sink has more bytes than it should have");
      }
      return read;
    } catch (EOFException e) {
      throw new IOException("the checkpoint's part of a sink ends too early", e);
    }
  }

  static StagedRows read(DataInputStream in) throws IOException {
    return new StagedRows(in.readLong(), in.readUTF(), in.readLong());
  }

  static void requireVersion(int version, int known) throws IOException {
    if (version != known) {
      throw new IOException(
          "the checkpoint's part of a sink has version "
              + version
              + ", and this Tidemark reads version "
              + known
              + ": start the job with the Tidemark that wrote it, or a newer one");
    }
  }
}
