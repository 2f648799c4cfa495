package io.tidemark.pipeline;

import io.tidemark.source.EnumeratorState;
import java.util.Map;

/**
 * What a checkpoint keeps of a pipeline's source.
 *
 * @param source how far it is
 * @param shapes of the tables, by their names
 */
record EventSourceState(EnumeratorState source, Map<String, String> shapes) {
  EventSourceState {
    shapes = Map.copyOf(shapes);
  }
}
