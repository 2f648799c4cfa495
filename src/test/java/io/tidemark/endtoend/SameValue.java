package io.tidemark.endtoend;

import io.tidemark.endtoend.ColumnPairs.Kind;
import io.tidemark.endtoend.fixture.Vendor;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.DecimalNode;

/** Whether two servers print the same value, each in its own way and from a column of its own. */
final class SameValue {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private SameValue() {}

  /**
   * @param vendor of the target
   * @param wanted as the source prints it
   * @param target the type at the target
   * @param found as the target prints it
   */
  static boolean of(Kind kind, Vendor vendor, String target, String wanted, String found) {
    boolean real = kind == Kind.SINGLE || kind == Kind.DOUBLE;
    if (vendor == Vendor.MARIADB && real && Double.parseDouble(wanted) == 0) {
      return Double.parseDouble(found) == 0; // it has no zero below zero
    }
    return switch (kind) {
      case TRUTH -> new BigDecimal(truth(wanted)).compareTo(new BigDecimal(truth(found))) == 0;
      case NUMBER ->
          found.equals(wanted)
              || target.equals("boolean") && truth(found).equals(wanted)
              || new BigDecimal(wanted).compareTo(new BigDecimal(found)) == 0;
      case SINGLE -> single(target, Float.parseFloat(wanted), found);
      case DOUBLE -> Double.valueOf(wanted).equals(Double.valueOf(found));
      case TEXT -> wanted.equals(target.equals("boolean") ? truth(found) : found);
      case PADDED -> wanted.stripTrailing().equals(found.stripTrailing());
      case BYTES -> bytes(wanted).equals(bytes(found));
      case VECTOR -> vector(wanted).equals(vector(found));
      case TIME -> time(wanted).equals(time(found));
      case JSON -> json(wanted).equals(json(found));
    };
  }

  private static String truth(String text) {
    return switch (text) {
      case "t", "true" -> "1";
      case "f", "false" -> "0";
      default -> text;
    };
  }

  /** A column of twice the size has the number itself, others the digits that name it. */
  private static boolean single(String target, float wanted, String found) {
    return target.startsWith("double") || target.equals("float")
        ? Double.valueOf(found).equals((double) wanted)
        : Float.valueOf(found).equals(wanted);
  }

  private static String bytes(String text) {
    return text.replace("\\x", "").replace("-", "");
  }

  private static String vector(String text) {
    if (text.startsWith("{")) {
      return Arrays.stream(text.substring(1, text.length() - 1).split(","))
          .map(number -> Float.toString(Float.parseFloat(number)))
          .collect(Collectors.joining(","));
    }
    ByteBuffer bytes =
        ByteBuffer.wrap(HexFormat.of().parseHex(text)).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder numbers = new StringBuilder();
    while (bytes.hasRemaining()) {
      numbers.append(numbers.isEmpty() ? "" : ",").append(bytes.getFloat());
    }
    return numbers.toString();
  }

  private static String time(String text) {
    String clock = text.replaceAll("\\+00$", "");
    return clock.contains(".") ? clock.replaceAll("\\.?0*$", "") : clock;
  }

  /** Arrays and ranges of PostgreSQL are looked at by the one that reads the list of pairs. */
  private static Object json(String text) {
    if (text.equals("{1,NULL}")) {
      return json("[1, null]");
    }
    if (text.equals("[1,5)")) {
      return json("{\"lower\": 1, \"upper\": 5, \"bounds\": \"[)\"}");
    }
    try {
      return plain(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + text, e);
    }
  }

  private static Object plain(JsonNode node) {
    if (node.isNumber()) {
      BigDecimal number = node.decimalValue();
      return DecimalNode.valueOf(number.stripTrailingZeros()).decimalValue().toPlainString();
    }
    if (node.isArray()) {
      java.util.List<Object> all = new java.util.ArrayList<>();
      node.forEach(each -> all.add(plain(each)));
      return all;
    }
    if (node.isObject()) {
      java.util.Map<String, Object> all = new java.util.TreeMap<>();
      node.fields().forEachRemaining(each -> all.put(each.getKey(), plain(each.getValue())));
      return all;
    }
    return node;
  }
}
