package io.tidemark.job;

import io.tidemark.change.ChangeEvent;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Tells Flink how change events travel where source and sink are not chained. */
public final class ChangeEventType extends TypeInformation<ChangeEvent> {

  private static final long serialVersionUID = 1L;

  @Override
  public TypeSerializer<ChangeEvent> createSerializer(SerializerConfig config) {
    return new ChangeEventSerializer();
  }

  /** Abstract in Flink 1.20, and gone in Flink 2. */
  @SuppressWarnings("MissingOverride")
  public TypeSerializer<ChangeEvent> createSerializer(ExecutionConfig config) {
    return new ChangeEventSerializer();
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
}
