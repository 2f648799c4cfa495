package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.SequenceValue;
import io.tidemark.schema.TableId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.junit.jupiter.api.Test;

class ChangeEventSerializerTest {

  private static final ChangeEvent EVENT =
      new ChangeEvent.SequenceValues(1, List.of(new SequenceValue(new TableId("s", "t"), 7, true)));

  private final TypeSerializer<ChangeEvent> serializer =
      new ChangeEventType().createSerializer(new SerializerConfigImpl());

  @FunctionalInterface
  private interface Body {
    void write(DataOutputView out) throws IOException;
  }

  @Test
  void eventsComeOutAsTheyWentIn() throws IOException {
    byte[] sent = bytes(out -> serializer.serialize(EVENT, out));
    assertThat(serializer.deserialize(view(sent))).isEqualTo(EVENT);
    byte[] copied = bytes(out -> serializer.copy(view(sent), out));
    assertThat(copied).isEqualTo(sent);
    assertThat(serializer.copy(EVENT)).as("within a thread").isSameAs(EVENT);
  }

  @Test
  void whatFlinkKeepsOfTheFormCanBeReadAgain() throws IOException {
    byte[] kept = kept();
    TypeSerializerSnapshot<ChangeEvent> read = snapshot(kept);
    assertThat(read.restoreSerializer()).isEqualTo(serializer);
    assertThat(
            serializer.snapshotConfiguration().resolveSchemaCompatibility(read).isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void whatAnotherVersionKeptIsRefused() throws IOException {
    byte[] later = kept();
    later[later.length - 1]++;
    assertThat(
            serializer
                .snapshotConfiguration()
                .resolveSchemaCompatibility(snapshot(later))
                .isIncompatible())
        .isTrue();
    byte[] other = kept();
    // The snapshot's own version stands before its only number.
    other[other.length - 5]++;
    assertThatThrownBy(() -> snapshot(other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
  }

  private byte[] kept() throws IOException {
    return bytes(
        out ->
            TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration()));
  }

  private static TypeSerializerSnapshot<ChangeEvent> snapshot(byte[] kept) throws IOException {
    return TypeSerializerSnapshot.readVersionedSnapshot(
        view(kept), ChangeEventSerializerTest.class.getClassLoader());
  }

  private static byte[] bytes(Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    body.write(new DataOutputViewStreamWrapper(bytes));
    return Arrays.copyOf(bytes.toByteArray(), bytes.size());
  }

  private static DataInputView view(byte[] bytes) {
    return new DataInputViewStreamWrapper(new ByteArrayInputStream(bytes));
  }
}
