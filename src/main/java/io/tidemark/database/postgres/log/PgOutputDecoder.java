package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.log.PgOutputMessage.OldTuple;
import io.tidemark.database.postgres.log.PgOutputMessage.RelationColumn;
import io.tidemark.database.postgres.log.PgOutputMessage.Tuple;
import io.tidemark.database.postgres.position.MessageMark;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads messages of the {@code pgoutput} plugin, protocol version 1 with values in text form
 * (PostgreSQL manual, 53.9). Stateless; values stay in the message's array.
 */
final class PgOutputDecoder {

  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private PgOutputDecoder() {}

  /**
   * @param message one whole message, backed by an array that nobody writes to any more
   * @throws DatabaseException fatal, if it is not a message of this protocol
   */
  static PgOutputMessage decode(ByteBuffer message) {
    int start = message.position();
    try {
      PgOutputMessage decoded = decode((char) message.get(), message);
      if (message.hasRemaining()) {
        throw malformed(message, start, message.remaining() + " bytes are left over");
      }
      return decoded;
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw malformed(message, start, "it ends too early");
    }
  }

  private static PgOutputMessage decode(char kind, ByteBuffer in) {
    return switch (kind) {
      case 'B' -> new PgOutputMessage.Begin(in.getLong(), time(in), in.getInt());
      case 'C' -> {
        in.get(); // flags, unused
        yield new PgOutputMessage.Commit(in.getLong(), in.getLong(), time(in));
      }
      case 'O' -> new PgOutputMessage.Origin(in.getLong(), string(in));
      case 'R' -> relation(in);
      case 'Y' -> new PgOutputMessage.Type(in.getInt(), string(in), string(in));
      case 'I' -> {
        int relation = in.getInt();
        expect(in, 'N');
        yield new PgOutputMessage.Insert(relation, tuple(in));
      }
      case 'U' -> update(in);
      case 'D' -> {
        int relation = in.getInt();
        yield new PgOutputMessage.Delete(relation, oldTuple((char) in.get(), in));
      }
      case 'T' -> truncate(in);
      case 'M' -> emitted(in);
      default -> throw malformed(in, in.position() - 1, "its kind is unknown");
    };
  }

  private static PgOutputMessage.Relation relation(ByteBuffer in) {
    int id = in.getInt();
    String schema = string(in);
    String name = string(in);
    char identity = (char) in.get();
    int size = count(in, in.getShort());
    List<RelationColumn> columns = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      boolean inIdentity = (in.get() & 1) != 0;
      columns.add(new RelationColumn(inIdentity, string(in), in.getInt(), in.getInt()));
    }
    // The plugin writes pg_catalog as an empty string.
    return new PgOutputMessage.Relation(
        id, schema.isEmpty() ? "pg_catalog" : schema, name, identity, columns);
  }

  private static PgOutputMessage.Update update(ByteBuffer in) {
    int relation = in.getInt();
    char kind = (char) in.get();
    if (kind == 'N') {
      return new PgOutputMessage.Update(relation, Optional.empty(), tuple(in));
    }
    OldTuple before = oldTuple(kind, in);
    expect(in, 'N');
    return new PgOutputMessage.Update(relation, Optional.of(before), tuple(in));
  }

  private static OldTuple oldTuple(char kind, ByteBuffer in) {
    if (kind != 'K' && kind != 'O') {
      throw malformed(in, 0, "an old row is marked " + describe(kind));
    }
    return new OldTuple(kind == 'K', tuple(in));
  }

  private static Tuple tuple(ByteBuffer in) {
    int size = count(in, in.getShort());
    Tuple tuple = new Tuple(in.array(), size);
    for (int field = 0; field < size; field++) {
      char kind = (char) in.get();
      switch (kind) {
        case 'n' -> tuple.setNull(field);
        case 'u' -> tuple.setUnchanged(field);
        case 't' -> {
          int length = in.getInt();
          if (length < 0 || length > in.remaining()) {
            throw malformed(in, 0, "a value of " + length + " bytes does not fit into it");
          }
          tuple.setValue(field, in.arrayOffset() + in.position(), length);
          in.position(in.position() + length);
        }
        default -> throw malformed(in, 0, "a value is marked " + describe(kind));
      }
    }
    return tuple;
  }

  private static PgOutputMessage.Truncate truncate(ByteBuffer in) {
    int size = count(in, in.getInt());
    in.get(); // options: CASCADE has named its tables already, RESTART IDENTITY is about sequences
    List<Integer> relations = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      relations.add(in.getInt());
    }
    return new PgOutputMessage.Truncate(relations);
  }

  private static PgOutputMessage.Emitted emitted(ByteBuffer in) {
    boolean transactional = (in.get() & 1) != 0;
    in.getLong(); // where the message lies in the log
    String prefix = string(in);
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw malformed(in, 0, "a text of " + length + " bytes does not fit into it");
    }
    byte[] content = new byte[prefix.equals(MessageMark.PREFIX) ? length : 0];
    in.slice(in.position(), content.length).get(content);
    in.position(in.position() + length);
    return new PgOutputMessage.Emitted(
        transactional, prefix, new String(content, StandardCharsets.UTF_8));
  }

  /** A count of things each of which takes a byte at least. */
  private static int count(ByteBuffer in, int count) {
    if (count < 0 || count > in.remaining()) {
      throw malformed(in, 0, "a count of " + count + " does not fit into it");
    }
    return count;
  }

  private static Instant time(ByteBuffer in) {
    long micros = in.getLong();
    return EPOCH.plus(Duration.of(micros, java.time.temporal.ChronoUnit.MICROS));
  }

  private static String string(ByteBuffer in) {
    int start = in.position();
    while (in.get() != 0) {
      // the terminating zero is being looked for
    }
    int length = in.position() - 1 - start;
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(in.slice(start, length)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(in, 0, "a name at offset " + start + " is not UTF-8");
    }
  }

  private static void expect(ByteBuffer in, char kind) {
    char found = (char) in.get();
    if (found != kind) {
      throw malformed(in, 0, "a new row is marked " + describe(found));
    }
  }

  private static String describe(char kind) {
    return String.format(Locale.ROOT, "0x%02X", kind & 0xFF);
  }

  private static DatabaseException malformed(ByteBuffer message, int start, String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "a message of the source's log cannot be read: "
            + detail
            + " (kind "
            + (start < message.limit() ? describe((char) message.get(start)) : "missing")
            + ", "
            + message.limit()
            + " bytes). This is a defect, or the server speaks another version of the pgoutput"
            + " protocol than 1");
  }
}
