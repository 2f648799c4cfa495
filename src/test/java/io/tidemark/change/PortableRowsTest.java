package io.tidemark.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PortableRowsTest {

  @Property(tries = 300)
  void rowsComeOutAsTheyWentInHoweverTheBytesAreCut(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int fields) {
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    for (int i = random.nextInt(20); i > 0; i--) {
      rows.add(encode(random, fields, encoder));
    }
    byte[] encoded = encoder.take();

    PortableRows.Decoder decoder = new PortableRows.Decoder(fields);
    List<Row> decoded = new ArrayList<>();
    for (int from = 0; from < encoded.length; ) {
      int to = Math.min(encoded.length, from + 1 + random.nextInt(40));
      decoder.add(Arrays.copyOfRange(encoded, from, to), to - from);
      for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
        decoded.add(row.get());
      }
      from = to;
    }
    decoder.finish();

    assertThat(decoded).isEqualTo(rows);
  }

  @Property(tries = 300)
  void bytesThatAreNoRowsAreRefusedOrReadWithoutHarm(@ForAll byte[] bytes) {
    PortableRows.Decoder decoder = new PortableRows.Decoder(2);
    decoder.add(bytes, bytes.length);
    try {
      while (decoder.next().isPresent()) {
        // what happens to be a row is one
      }
      decoder.finish();
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining(PortableRows.FORMAT);
    }
  }

  @Test
  void aRowThatEndsTooEarlyIsRefused() {
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    encode(new Random(1), 2, encoder);
    byte[] encoded = encoder.take();
    PortableRows.Decoder decoder = new PortableRows.Decoder(2);
    decoder.add(encoded, encoded.length - 1);

    assertThat(decoder.next()).isEmpty();
    assertThatThrownBy(decoder::finish).isInstanceOf(IllegalArgumentException.class);
  }

  private static Row encode(Random random, int fields, PortableRows.Encoder encoder) {
    byte[] values = new byte[fields * 30];
    random.nextBytes(values);
    Row.Builder row = Row.builder(values, fields);
    encoder.begin();
    for (int field = 0; field < fields; field++) {
      if (random.nextInt(4) == 0) {
        row.setNull(field);
        encoder.nullValue();
      } else {
        int length = random.nextInt(30);
        row.setValue(field, field * 30, length);
        encoder.value(values, field * 30, length);
      }
    }
    encoder.end();
    return row.build();
  }
}
