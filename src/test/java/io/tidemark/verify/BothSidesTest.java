package io.tidemark.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BothSidesTest {

  @Test
  void bothAreReadAtTheSameTime() throws InterruptedException {
    CyclicBarrier both = new CyclicBarrier(2);
    BothSides.Pair<String> read =
        BothSides.read(() -> meet(both, "source"), () -> meet(both, "target"));
    assertThat(read).isEqualTo(new BothSides.Pair<>("source", "target"));
  }

  @Test
  void whenOneFailsTheOtherIsGivenUpAndHasEnded() {
    AtomicBoolean ended = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                BothSides.read(
                    () -> forever(new CountDownLatch(1), ended),
                    () -> {
                      throw new IllegalArgumentException("the first failure");
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the first failure");
    assertThat(ended).isTrue();
  }

  @Test
  void anInterruptGivesBothUp() throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(2);
    AtomicBoolean source = new AtomicBoolean();
    AtomicBoolean target = new AtomicBoolean();
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread caller =
        new Thread(
            () -> {
              try {
                BothSides.read(() -> forever(reading, source), () -> forever(reading, target));
              } catch (InterruptedException e) {
                interrupted.set(source.get() && target.get());
              }
            });
    caller.start();
    reading.await();
    caller.interrupt();
    caller.join();
    assertThat(interrupted).isTrue();
  }

  private static String meet(CyclicBarrier both, String side) throws InterruptedException {
    try {
      both.await();
    } catch (java.util.concurrent.BrokenBarrierException e) {
      throw new AssertionError(e);
    }
    return side;
  }

  private static String forever(CountDownLatch reading, AtomicBoolean ended)
      throws InterruptedException {
    reading.countDown();
    try {
      Thread.sleep(Long.MAX_VALUE);
      return "";
    } finally {
      ended.set(true);
    }
  }
}
