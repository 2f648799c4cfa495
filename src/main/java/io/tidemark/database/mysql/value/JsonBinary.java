package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.database.mysql.value.JsonNode.Elements;
import io.tidemark.database.mysql.value.JsonNode.Key;
import io.tidemark.database.mysql.value.JsonNode.Members;
import io.tidemark.database.mysql.value.JsonNode.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads MySQL's binary form of a JSON document (MySQL source, sql-common/json_binary.h). Offsets in
 * it are free to point anywhere inside; what is read in all is limited by the document's size, so
 * that one that points at the same bytes again and again is refused. Used once.
 */
public final class JsonBinary {

  private static final int SMALL_OBJECT = 0;
  private static final int LARGE_OBJECT = 1;
  private static final int SMALL_ARRAY = 2;
  private static final int LARGE_ARRAY = 3;
  private static final int LITERAL = 4;
  private static final int INT16 = 5;
  private static final int UINT16 = 6;
  private static final int INT32 = 7;
  private static final int UINT32 = 8;
  private static final int INT64 = 9;
  private static final int UINT64 = 10;
  private static final int DOUBLE = 11;
  private static final int STRING = 12;
  private static final int OPAQUE = 15;

  /** The server allows 100 (MySQL manual, 14.17.1). */
  private static final int DEEPEST = 150;

  private final EventBytes document;
  private long budget;

  private JsonBinary(EventBytes document) {
    this.document = document;
    this.budget = 64L + document.remaining();
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  public static JsonNode parse(EventBytes document) {
    if (!document.hasRemaining()) {
      // The server takes what was never given a value for null (json_binary.cc, parse_binary).
      return Scalar.of("null");
    }
    JsonBinary json = new JsonBinary(document);
    return json.value(document.u8(), document, 0);
  }

  private void spend(long bytes) {
    budget -= bytes;
    if (budget < 0) {
      throw new IllegalArgumentException("parts of a JSON document lie over each other");
    }
  }

  private JsonNode value(int type, EventBytes in, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("a JSON document is nested too deeply");
    }
    return switch (type) {
      case SMALL_OBJECT -> object(in, 2, depth);
      case LARGE_OBJECT -> object(in, 4, depth);
      case SMALL_ARRAY -> array(in, 2, depth);
      case LARGE_ARRAY -> array(in, 4, depth);
      default -> scalar(type, in);
    };
  }

  private JsonNode scalar(int type, EventBytes in) {
    return switch (type) {
      case LITERAL -> literal(in.u8());
      case INT16 -> number(in, 2, false);
      case UINT16 -> number(in, 2, true);
      case INT32 -> number(in, 4, false);
      case UINT32 -> number(in, 4, true);
      case INT64 -> number(in, 8, false);
      case UINT64 -> number(in, 8, true);
      case DOUBLE -> Scalar.of(JsonDouble.print(Double.longBitsToDouble(in.i64())));
      case STRING -> {
        EventBytes text = counted(in);
        yield Scalar.quoted(text.array(), text.position(), text.remaining());
      }
      case OPAQUE -> {
        int kind = in.u8();
        yield opaque(kind, counted(in));
      }
      default -> throw new IllegalArgumentException("a JSON value of unknown type " + type);
    };
  }

  private static JsonNode literal(int value) {
    return switch (value) {
      case 0 -> Scalar.of("null");
      case 1 -> Scalar.of("true");
      case 2 -> Scalar.of("false");
      default -> throw new IllegalArgumentException("an unknown JSON literal");
    };
  }

  private static JsonNode number(EventBytes in, int size, boolean unsigned) {
    return Scalar.of(
        unsigned ? Long.toUnsignedString(in.unsigned(size)) : Long.toString(in.signed(size)));
  }

  /** Bytes behind a length of seven bits per byte, least significant first. */
  private EventBytes counted(EventBytes in) {
    long length = 0;
    for (int i = 0; ; i++) {
      int part = in.u8();
      length |= (part & 0x7fL) << 7 * i;
      if ((part & 0x80) == 0) {
        break;
      }
      if (i == 4) {
        throw new IllegalArgumentException("a JSON value has an endless length");
      }
    }
    spend(length + 1);
    return in.take(length);
  }

  private EventBytes at(EventBytes container, long offset) {
    EventBytes there =
        new EventBytes(container.array(), container.position(), container.remaining());
    there.skip(offset);
    return there;
  }

  /** A container's bytes from its start to the end that it gives itself. */
  private EventBytes container(EventBytes in, int width) {
    EventBytes head = at(in, 0);
    head.unsigned(width);
    long size = head.unsigned(width);
    return at(in, 0).take(size);
  }

  private static boolean isInlined(int type, int width) {
    return switch (type) {
      case LITERAL, INT16, UINT16 -> true;
      case INT32, UINT32 -> width == 4;
      default -> false;
    };
  }

  private JsonNode entry(EventBytes container, EventBytes entries, int width, int depth) {
    int type = entries.u8();
    EventBytes slot = entries.take(width);
    return isInlined(type, width)
        ? scalar(type, slot)
        : value(type, at(container, slot.unsigned(width)), depth + 1);
  }

  private JsonNode object(EventBytes in, int width, int depth) {
    EventBytes container = container(in, width);
    EventBytes entries = at(container, 0);
    long count = entries.unsigned(width);
    entries.unsigned(width);
    EventBytes keys = entries.take(count * (width + 2));
    spend(count * (2L * width + 3));
    TreeMap<Key, JsonNode> members = new TreeMap<>();
    for (long i = 0; i < count; i++) {
      EventBytes key = at(container, keys.unsigned(width));
      int length = keys.u16();
      spend(length);
      members.put(new Key(key.bytes(length)), entry(container, entries, width, depth));
    }
    return new Members(members);
  }

  private JsonNode array(EventBytes in, int width, int depth) {
    EventBytes container = container(in, width);
    EventBytes entries = at(container, 0);
    long count = entries.unsigned(width);
    entries.unsigned(width);
    spend(count * (width + 1L));
    List<JsonNode> elements = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      elements.add(entry(container, entries, width, depth));
    }
    return new Elements(elements);
  }

  private static JsonNode opaque(int kind, EventBytes value) {
    ValueBytes out = new ValueBytes(32);
    switch (kind) {
      case FieldType.DECIMAL -> {
        BinaryDecimal type = new BinaryDecimal(value.u8(), value.u8());
        EventBytes packed = value.take(type.bytes());
        type.write(packed.array(), packed.position(), out);
      }
      case FieldType.DATE, FieldType.DATETIME, FieldType.TIMESTAMP -> {
        long packed = value.i64();
        out.put('"');
        datetime(packed, kind == FieldType.DATE, out);
        out.put('"');
      }
      case FieldType.TIME -> {
        long packed = value.i64();
        long positive = Math.abs(packed);
        int whole = (int) (positive >> 24);
        out.put('"');
        MySqlValues.time(
            packed < 0,
            whole >> 12 & 0x3ff,
            whole >> 6 & 63,
            whole & 63,
            (int) (positive & 0xff_ffff),
            6,
            out);
        out.put('"');
      }
      default -> {
        // As json_dom.cc, wrapper_to_string prints what has no other form.
        String encoded = Base64.getEncoder().encodeToString(value.bytes(value.remaining()));
        out.ascii("\"base64:type" + kind + ":" + encoded + "\"");
      }
    }
    return new Scalar(Arrays.copyOf(out.array(), out.size()));
  }

  private static void datetime(long packed, boolean dateOnly, ValueBytes out) {
    long whole = packed >> 24;
    if (packed < 0) {
      throw new IllegalArgumentException("a date in a JSON document lies before the year 0");
    }
    if (dateOnly) {
      int date = (int) (whole >> 17);
      MySqlValues.date((date >> 5) / 13, (date >> 5) % 13, date & 31, out);
    } else {
      Temporals.packedDatetime(whole, (int) (packed & 0xff_ffff), 6, out);
    }
  }
}
