package io.tidemark.simulation;

/** What a subtask hands over to. */
interface SubtaskSink {

  boolean hasRoom();

  void put(SinkDriver.Item item);

  /** Takes one thing that it was given. False if there is nothing to do. */
  boolean step(long epoch);
}
