package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.value.JsonNode.Elements;
import io.tidemark.database.mysql.value.JsonNode.Key;
import io.tidemark.database.mysql.value.JsonNode.Members;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies the differences of a partial update to a document (MySQL: json_diff.cc; sql/json_dom.cc,
 * apply_json_diffs). A difference that does not fit its document is refused, as the server's own
 * replica does.
 */
public final class JsonDiff {

  private static final int REPLACE = 0;
  private static final int INSERT = 1;
  private static final int REMOVE = 2;

  private JsonDiff() {}

  /** A step of a path: a member, or an element. */
  private sealed interface Step {}

  private record Member(Key key) implements Step {}

  private record Element(int index) implements Step {}

  /**
   * @param document changed in place where it is a container
   * @throws IllegalArgumentException if the differences are malformed or do not fit
   */
  public static JsonNode apply(JsonNode document, EventBytes differences) {
    JsonNode root = document;
    while (differences.hasRemaining()) {
      int operation = differences.u8();
      List<Step> path = path(differences.text(differences.packed()));
      if (path.isEmpty()) {
        throw new IllegalArgumentException("a difference of a whole JSON document");
      }
      JsonNode parent = root;
      for (Step step : path.subList(0, path.size() - 1)) {
        parent = child(parent, step);
      }
      Step last = path.get(path.size() - 1);
      switch (operation) {
        case REPLACE -> replace(parent, last, value(differences));
        case INSERT -> insert(parent, last, value(differences));
        case REMOVE -> remove(parent, last);
        default ->
            throw new IllegalArgumentException("a JSON difference of unknown kind " + operation);
      }
    }
    return root;
  }

  private static JsonNode value(EventBytes differences) {
    return JsonBinary.parse(differences.take(differences.packed()));
  }

  private static IllegalArgumentException unfit() {
    return new IllegalArgumentException("a JSON difference does not fit its document");
  }

  private static JsonNode child(JsonNode parent, Step step) {
    if (step instanceof Member member && parent instanceof Members object) {
      JsonNode child = object.members().get(member.key());
      if (child != null) {
        return child;
      }
    } else if (step instanceof Element element
        && parent instanceof Elements array
        && element.index() < array.elements().size()) {
      return array.elements().get(element.index());
    }
    throw unfit();
  }

  private static void replace(JsonNode parent, Step step, JsonNode value) {
    child(parent, step);
    if (step instanceof Member member && parent instanceof Members object) {
      object.members().put(member.key(), value);
    } else if (step instanceof Element element && parent instanceof Elements array) {
      array.elements().set(element.index(), value);
    }
  }

  private static void insert(JsonNode parent, Step step, JsonNode value) {
    if (step instanceof Member member
        && parent instanceof Members object
        && !object.members().containsKey(member.key())) {
      object.members().put(member.key(), value);
    } else if (step instanceof Element element && parent instanceof Elements array) {
      array.elements().add(Math.min(element.index(), array.elements().size()), value);
    } else {
      throw unfit();
    }
  }

  private static void remove(JsonNode parent, Step step) {
    child(parent, step);
    if (step instanceof Member member && parent instanceof Members object) {
      object.members().remove(member.key());
    } else if (step instanceof Element element && parent instanceof Elements array) {
      array.elements().remove(element.index());
    }
  }

  /** {@code $.name."a name"[3]}, without wildcards. */
  private static List<Step> path(String text) {
    List<Step> steps = new ArrayList<>();
    if (!text.startsWith("$")) {
      throw new IllegalArgumentException("a JSON difference has a path that is none");
    }
    int at = 1;
    while (at < text.length()) {
      int end;
      if (text.charAt(at) == '[') {
        end = text.indexOf(']', at);
        String index = end < 0 ? "" : text.substring(at + 1, end);
        if (!index.matches("[0-9]{1,9}")) {
          throw new IllegalArgumentException("a JSON difference has a path that is none");
        }
        steps.add(new Element(Integer.parseInt(index)));
        end++;
      } else if (text.startsWith(".\"", at)) {
        end = endOfQuoted(text, at + 2);
        steps.add(new Member(Key.of(unquoted(text.substring(at + 2, end)))));
        end++;
      } else if (text.charAt(at) == '.') {
        end = at + 1;
        while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
          end++;
        }
        steps.add(new Member(Key.of(text.substring(at + 1, end))));
      } else {
        throw new IllegalArgumentException("a JSON difference has a path that is none");
      }
      at = end;
    }
    return steps;
  }

  private static int endOfQuoted(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) != '"') {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    if (at >= text.length()) {
      throw new IllegalArgumentException("a JSON difference has a path without end");
    }
    return at;
  }

  private static String unquoted(String quoted) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < quoted.length(); i++) {
      char c = quoted.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      i++;
      char escaped = i < quoted.length() ? quoted.charAt(i) : ' ';
      switch (escaped) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          if (i + 4 >= quoted.length() || !quoted.substring(i + 1, i + 5).matches("[0-9a-fA-F]+")) {
            throw new IllegalArgumentException("a JSON difference has a path that is none");
          }
          text.append((char) Integer.parseInt(quoted.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> text.append(escaped);
      }
    }
    return text.toString();
  }
}
