package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.ChangeEvent;
import io.tidemark.database.DatabaseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class HandoverTest {

  private final Handover handover = new Handover(1_000, false);

  @Test
  void handsItemsOverInOrder() throws InterruptedException {
    handover.put(rows(10));
    handover.put(new Handover.Tell(new ToEnumerator.LogAt("0/1")));

    assertThat(handover.poll()).isEqualTo(rows(10));
    assertThat(handover.poll()).isEqualTo(new Handover.Tell(new ToEnumerator.LogAt("0/1")));
    assertThat(handover.poll()).isNull();
  }

  @Test
  void holdsNoMoreThanItsBound() throws InterruptedException {
    handover.put(rows(700));

    assertThat(handover.offer(rows(700), 1)).isFalse();
    assertThat(handover.poll()).isNotNull();
    assertThat(handover.offer(rows(700), 1)).isTrue();
  }

  @Test
  void letsOneItemInThatIsLargerThanTheBound() throws InterruptedException {
    assertThat(handover.offer(rows(5_000), 1)).isTrue();
    assertThat(handover.offer(rows(1), 1)).isFalse();
  }

  @Test
  void isAvailableOnceThereIsSomethingAndNotBefore() throws Exception {
    CompletableFuture<Void> available = handover.availability();
    assertThat(available).isNotDone();

    handover.put(rows(1));
    available.get(1, TimeUnit.SECONDS);
    assertThat(handover.poll()).isNotNull();
    assertThat(handover.availability()).isNotDone();
  }

  @Test
  void failsTheReaderWithWhatFailedTheWorker() throws InterruptedException {
    handover.put(rows(1));
    handover.fail(new DatabaseException(DatabaseException.Kind.RETRYABLE, "the server went away"));

    assertThat(handover.availability()).isDone();
    assertThatThrownBy(handover::poll)
        .isInstanceOf(DatabaseException.class)
        .hasMessage("the server went away");
  }

  @Test
  void marksWhatARestartCannotHelp() {
    handover.fail(new DatabaseException(DatabaseException.Kind.FATAL, "the slot is gone"));

    assertThatThrownBy(handover::poll)
        .isInstanceOf(UnrecoverableException.class)
        .hasMessage("the slot is gone");
  }

  private static Handover.Emit rows(int length) {
    return new Handover.Emit(Rows.of(length));
  }

  /** Equal by what they carry, unlike two arrays. */
  private static final class Rows {
    private static final java.util.Map<Integer, ChangeEvent.ChunkRows> KNOWN =
        new java.util.HashMap<>();

    static ChangeEvent.ChunkRows of(int length) {
      return KNOWN.computeIfAbsent(length, size -> new ChangeEvent.ChunkRows(new byte[size], size));
    }
  }
}
