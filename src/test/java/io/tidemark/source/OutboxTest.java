package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.junit.jupiter.api.Test;

class OutboxTest {

  private static final CopySplit SPLIT = new CopySplit.LogSplit("0/1", "");

  private final Map<Integer, ReaderInfo> there =
      new HashMap<>(Map.of(0, new ReaderInfo(0, "a"), 1, new ReaderInfo(1, "b")));
  private final List<String> delivered = new ArrayList<>();
  private final Outbox outbox = new Outbox(context());

  @SuppressWarnings("unchecked")
  private SplitEnumeratorContext<CopySplit> context() {
    return (SplitEnumeratorContext<CopySplit>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SplitEnumeratorContext.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "registeredReaders":
                  return there;
                case "sendEventToSourceReader":
                  delivered.add(arguments[0] + " told");
                  return null;
                case "assignSplit":
                  delivered.add(arguments[1] + " given");
                  return null;
                default:
                  throw new UnsupportedOperationException(method.getName());
              }
            });
  }

  private void both(int subtask) {
    outbox.send(subtask, new ToReader.HoldLog(1));
    outbox.assign(subtask, SPLIT);
  }

  @Test
  void deliversAtOnceWhileNoCheckpointIsComplete() {
    both(0);
    assertThat(delivered).containsExactly("0 told", "0 given");
  }

  @Test
  void holdsBackFromACheckpointsCompletionUntilTheReaderGoesOn() {
    outbox.completed(7);
    both(0);
    both(1);
    assertThat(delivered).isEmpty();
    outbox.goesOn(0, 6);
    assertThat(delivered).isEmpty();
    outbox.goesOn(0, 7);
    assertThat(delivered).containsExactly("0 told", "0 given");
    outbox.goesOn(1, 7);
    assertThat(delivered).containsExactly("0 told", "0 given", "1 told", "1 given");
    both(1);
    assertThat(delivered).hasSize(6);
  }

  @Test
  void aReaderMayBeTheFirstToKnow() {
    outbox.completed(0, 7);
    both(0);
    both(1);
    assertThat(delivered).containsExactly("1 told", "1 given");
    outbox.goesOn(0, 7);
    outbox.completed(7);
    both(0);
    assertThat(delivered).hasSize(6);
  }

  @Test
  void whatWaitsForAReaderThatIsGoneIsForNobody() {
    outbox.completed(7);
    both(0);
    there.remove(0);
    outbox.goesOn(0, 7);
    both(0);
    assertThat(delivered).isEmpty();
  }
}
