package io.tidemark.sink;

import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.metrics.Counter;

/** A counter that any thread may add to and read. */
final class Tally implements Counter {

  private final LongAdder sum = new LongAdder();

  @Override
  public void inc() {
    sum.increment();
  }

  @Override
  public void inc(long more) {
    sum.add(more);
  }

  @Override
  public void dec() {
    sum.decrement();
  }

  @Override
  public void dec(long fewer) {
    sum.add(-fewer);
  }

  @Override
  public long getCount() {
    return sum.sum();
  }
}
