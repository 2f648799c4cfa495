package io.tidemark.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Messages between a reader and the enumerator that grow with the number of tables or keys, in
 * parts. Between the processes of a cluster a message of more than {@code pekko.framesize} (10 MiB
 * unless set otherwise) is not sent; what is told of 20,000 tables is longer, and so are some
 * 200,000 keys. One of these takes what one sender sends, in its order. Used by one thread.
 */
final class MessageParts {

  /** Of a part. */
  static final int MOST_BYTES = 1 << 20;

  /**
   * A part as it is sent.
   *
   * @param <P> for whom
   */
  interface Part<P> {
    /**
     * @param number from 0
     * @param count how many there are
     */
    P of(int number, int count, byte[] bytes);
  }

  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private int next;

  /** The message in one part or more, to be sent one after the other. */
  static List<ToReader.Part> of(ToReader message) {
    return cut(message, ToReader.Part::new);
  }

  /** The message in one part or more, to be sent one after the other. */
  static List<ToEnumerator.Part> of(ToEnumerator message) {
    return cut(message, ToEnumerator.Part::new);
  }

  private static <P> List<P> cut(Serializable message, Part<P> part) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(new DeflaterOutputStream(bytes))) {
      out.writeObject(message);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    byte[] whole = bytes.toByteArray();
    int count = (whole.length + MOST_BYTES - 1) / MOST_BYTES;
    List<P> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(
          part.of(
              i,
              count,
              Arrays.copyOfRange(
                  whole, i * MOST_BYTES, Math.min(whole.length, (i + 1) * MOST_BYTES))));
    }
    return parts;
  }

  /**
   * Takes the next part. Returns the message once it is whole.
   *
   * @throws IllegalStateException if it is not the one that follows
   */
  Optional<ToReader> take(ToReader.Part part) {
    return take(part.number(), part.count(), part.bytes()).map(ToReader.class::cast);
  }

  /**
   * Takes the next part. Returns the message once it is whole.
   *
   * @throws IllegalStateException if it is not the one that follows
   */
  Optional<ToEnumerator> take(ToEnumerator.Part part) {
    return take(part.number(), part.count(), part.bytes()).map(ToEnumerator.class::cast);
  }

  private Optional<Object> take(int number, int count, byte[] bytes) {
    if (number != next) {
      throw new IllegalStateException(
          "part " + number + " of a message came in the place of part " + next);
    }
    taken.writeBytes(bytes);
    next++;
    if (next < count) {
      return Optional.empty();
    }
    byte[] whole = taken.toByteArray();
    taken.reset();
    next = 0;
    try (ObjectInputStream in =
        new OwnObjects(new InflaterInputStream(new ByteArrayInputStream(whole)))) {
      return Optional.of(in.readObject());
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("a message in parts cannot be read", e);
    }
  }

  /** In a cluster the classes are the job's, and not on the path of the process. */
  private static final class OwnObjects extends ObjectInputStream {
    OwnObjects(InputStream in) throws IOException {
      super(in);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass described)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(described.getName(), false, MessageParts.class.getClassLoader());
      } catch (ClassNotFoundException primitive) {
        return super.resolveClass(described);
      }
    }
  }
}
