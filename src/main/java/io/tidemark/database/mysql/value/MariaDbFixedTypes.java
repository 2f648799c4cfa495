package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * Prints MariaDB's types of fixed length. The log leaves out zeros at the end, as of any BINARY.
 */
public final class MariaDbFixedTypes {

  private MariaDbFixedTypes() {}

  /**
   * Appends the text of a value.
   *
   * @param dataType {@code uuid}, {@code inet4} or {@code inet6}
   * @param cell all of the value's bytes
   * @throws IllegalArgumentException if they are more than the type has
   */
  public static void write(String dataType, EventBytes cell, ValueBytes out) {
    int length = dataType.equals("inet4") ? 4 : 16;
    if (cell.remaining() > length) {
      throw new IllegalArgumentException("a value of type " + dataType + " is too long");
    }
    byte[] bytes = Arrays.copyOf(cell.bytes(cell.remaining()), length);
    switch (dataType) {
      case "uuid" -> out.ascii(uuid(bytes).toString());
      case "inet4" -> out.ascii(address(bytes));
      default -> out.ascii(inet6(bytes));
    }
  }

  /**
   * Stored node first and the time's low part last (MariaDB: sql_type_uuid.h, UUID::Segment), but
   * for versions 6 and 7, whose bytes sort as they are.
   */
  private static UUID uuid(byte[] stored) {
    byte[] b = stored;
    boolean swapped = (b[6] & 0xff) >= 0x80 || (b[8] & 0x80) == 0;
    if (!swapped) {
      ByteBuffer in = ByteBuffer.wrap(b);
      return new UUID(in.getLong(), in.getLong());
    }
    ByteBuffer in = ByteBuffer.allocate(16);
    in.put(b, 12, 4).put(b, 10, 2).put(b, 8, 2).put(b, 6, 2).put(b, 0, 6).flip();
    return new UUID(in.getLong(), in.getLong());
  }

  private static String address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address", e);
    }
  }

  /** As {@code INET6_NTOA} prints: the first of the longest runs of zero groups left out. */
  private static String inet6(byte[] bytes) {
    int[] groups = new int[8];
    ByteBuffer in = ByteBuffer.wrap(bytes);
    for (int i = 0; i < groups.length; i++) {
      groups[i] = in.getShort() & 0xffff;
    }
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end] == 0) {
        end++;
      }
      if (end - i > bestLength) {
        best = i;
        bestLength = end - i;
      }
    }
    boolean mapped = best == 0 && (bestLength == 6 || (bestLength == 5 && groups[5] == 0xffff));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < groups.length; i++) {
      if (i == best) {
        text.append("::");
        i += bestLength - 1;
      } else if (mapped && i == 6) {
        text.append(text.toString().endsWith(":") ? "" : ":");
        return text.append(address(Arrays.copyOfRange(bytes, 12, 16))).toString();
      } else {
        text.append(text.isEmpty() || text.toString().endsWith(":") ? "" : ":");
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
