package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.source.EnumeratorState;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.Test;

class EventSourceStateSerializerTest {

  /** Stands for the source's own, which has tests of its own. */
  private static final SimpleVersionedSerializer<EnumeratorState> SOURCES =
      new SimpleVersionedSerializer<>() {
        @Override
        public int getVersion() {
          return 7;
        }

        @Override
        public byte[] serialize(EnumeratorState state) {
          return new byte[] {1, 2, 3};
        }

        @Override
        public EnumeratorState deserialize(int version, byte[] serialized) {
          assertThat(version).isEqualTo(7);
          assertThat(serialized).containsExactly(1, 2, 3);
          return EnumeratorState.EMPTY;
        }
      };

  private static final EventSourceState STATE =
      new EventSourceState(EnumeratorState.EMPTY, Map.of("s.t", "id INT NOT NULL, ü", "s.u", ""));

  private final EventSourceStateSerializer serializer = new EventSourceStateSerializer(SOURCES);

  @Test
  void everythingIsReadAsItWasWritten() throws IOException {
    assertThat(serializer.deserialize(1, serializer.serialize(STATE))).isEqualTo(STATE);
  }

  @Test
  void whatIsNotWholeOrOfAnotherVersionIsRefused() throws IOException {
    byte[] written = serializer.serialize(STATE);
    assertThatThrownBy(() -> serializer.deserialize(1, Arrays.copyOf(written, written.length - 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends too early");
    assertThatThrownBy(() -> serializer.deserialize(1, Arrays.copyOf(written, written.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more bytes");
    assertThatThrownBy(() -> serializer.deserialize(2, written))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has version 2");
  }
}
