package io.tidemark.job;

import io.tidemark.change.ChangeEvent;
import java.io.IOException;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Tells Flink that change events never leave the thread that made them: source and sink are chained
 * at one parallelism. A graph that would put them on a wire fails instead of doing it slowly.
 */
final class ChangeEventType extends TypeInformation<ChangeEvent> {

  private static final long serialVersionUID = 1L;

  @Override
  public TypeSerializer<ChangeEvent> createSerializer(SerializerConfig config) {
    return new ByReference();
  }

  @Override
  @SuppressWarnings({"deprecation", "MissingOverride"}) // gone in Flink 2, abstract in 1.20
  public TypeSerializer<ChangeEvent> createSerializer(ExecutionConfig config) {
    return new ByReference();
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<ChangeEvent> getTypeClass() {
    return ChangeEvent.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ChangeEventType;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChangeEventType;
  }

  @Override
  public int hashCode() {
    return ChangeEventType.class.hashCode();
  }

  @Override
  public String toString() {
    return "ChangeEvent";
  }

  /** Hands events on as they are; they are immutable. */
  private static final class ByReference extends TypeSerializer<ChangeEvent> {
    private static final long serialVersionUID = 1L;

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
      throw chainedOnly();
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
      throw chainedOnly();
    }

    @Override
    public ChangeEvent deserialize(DataInputView source) throws IOException {
      throw chainedOnly();
    }

    @Override
    public ChangeEvent deserialize(ChangeEvent reuse, DataInputView source) throws IOException {
      throw chainedOnly();
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
      throw chainedOnly();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ByReference;
    }

    @Override
    public int hashCode() {
      return ByReference.class.hashCode();
    }

    @Override
    public TypeSerializerSnapshot<ChangeEvent> snapshotConfiguration() {
      throw chainedOnly();
    }

    private static UnsupportedOperationException chainedOnly() {
      return new UnsupportedOperationException(
          "change events go from source to sink within one thread; the operators must be chained");
    }
  }
}
