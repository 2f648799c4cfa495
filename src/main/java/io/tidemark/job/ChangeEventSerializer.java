package io.tidemark.job;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.ChangeEventCodec;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Change events in the form of {@link ChangeEventCodec} where they leave their thread; where they
 * do not, they are handed on as they are, since they are immutable. Stateless; may be shared.
 */
public final class ChangeEventSerializer extends TypeSerializer<ChangeEvent> {

  private static final long serialVersionUID = 1L;

  /** Only to have one; nobody looks at it. */
  private static final ChangeEvent NOTHING = new ChangeEvent.Changes(List.of());

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<ChangeEvent> duplicate() {
    return this;
  }

  @Override
  public ChangeEvent createInstance() {
    return NOTHING;
  }

  @Override
  public ChangeEvent copy(ChangeEvent from) {
    return from;
  }

  @Override
  public ChangeEvent copy(ChangeEvent from, ChangeEvent reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(ChangeEvent event, DataOutputView target) throws IOException {
    ChangeEventCodec.write(target, event);
  }

  @Override
  public ChangeEvent deserialize(DataInputView source) throws IOException {
    return ChangeEventCodec.read(source);
  }

  @Override
  public ChangeEvent deserialize(ChangeEvent reuse, DataInputView source) throws IOException {
    return ChangeEventCodec.read(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    ChangeEventCodec.write(target, ChangeEventCodec.read(source));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChangeEventSerializer;
  }

  @Override
  public int hashCode() {
    return ChangeEventSerializer.class.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<ChangeEvent> snapshotConfiguration() {
    return new Snapshot();
  }

  /**
   * What Flink keeps beside events that it has stored: the version of their form. Events carry it
   * too, so all that it is for is to refuse a state with events that could not be read.
   */
  public static final class Snapshot implements TypeSerializerSnapshot<ChangeEvent> {

    /** The version of this snapshot: a number, the version of the events. */
    private static final int VERSION = 1;

    private int events = ChangeEventCodec.VERSION;

    @Override
    public int getCurrentVersion() {
      return VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) throws IOException {
      out.writeInt(events);
    }

    @Override
    public void readSnapshot(int version, DataInputView in, ClassLoader classLoader)
        throws IOException {
      if (version != VERSION) {
        throw new IOException(
            "this Tidemark reads what is said of change events in version "
                + VERSION
                + ", and this is version "
                + version);
      }
      events = in.readInt();
    }

    @Override
    public TypeSerializer<ChangeEvent> restoreSerializer() {
      return new ChangeEventSerializer();
    }

    @Override
    public TypeSerializerSchemaCompatibility<ChangeEvent> resolveSchemaCompatibility(
        TypeSerializerSnapshot<ChangeEvent> old) {
      return old instanceof Snapshot stored
              && stored.events >= 1
              && stored.events <= ChangeEventCodec.VERSION
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}
