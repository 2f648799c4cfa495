package io.tidemark.faults.link;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** Waits in a proxy for a message. It can be handled from any thread. */
public final class Trap implements AutoCloseable {

  /** What it does to the message, and to its connection. */
  public enum Spring {
    /** The message does not arrive; the connection is reset on both sides. */
    CUT,
    /** The message does not arrive, and what comes after it does. */
    DROP,
    /**
     * The message, and what comes after it in this direction, arrives once the trap is released.
     */
    STALL
  }

  /** What becomes of a message. */
  enum Fate {
    ARRIVES,
    IS_LOST,
    ENDS_CONNECTION
  }

  private final Proxy proxy;
  private final Spring spring;
  private final Predicate<Message> where;
  private final boolean once;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final CountDownLatch sprung = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  Trap(Proxy proxy, Spring spring, Predicate<Message> where, boolean once) {
    this.proxy = proxy;
    this.spring = spring;
    this.where = where;
    this.once = once;
  }

  Fate pass(Message message) throws InterruptedException {
    if (released.getCount() == 0 || !where.test(message)) {
      return Fate.ARRIVES;
    }
    if (once && !taken.compareAndSet(false, true)) {
      return Fate.ARRIVES;
    }
    sprung.countDown();
    if (spring == Spring.STALL) {
      released.await();
      return Fate.ARRIVES;
    }
    release();
    return spring == Spring.CUT ? Fate.ENDS_CONNECTION : Fate.IS_LOST;
  }

  public void awaitSprung(Duration timeout) throws InterruptedException {
    if (!sprung.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the trap has not sprung within " + timeout.toSeconds() + " s");
    }
  }

  /** Whether it has caught something. */
  public boolean hasSprung() {
    return sprung.getCount() == 0;
  }

  /** Lets go of what it holds, and catches nothing more. */
  public void release() {
    released.countDown();
    proxy.remove(this);
  }

  @Override
  public void close() {
    release();
  }
}
