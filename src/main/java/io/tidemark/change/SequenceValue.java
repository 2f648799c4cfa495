package io.tidemark.change;

import io.tidemark.schema.TableId;

/**
 * Where a sequence stands.
 *
 * @param sequence its name; sequences share the tables' name space
 * @param lastValue the last value handed out, or the first to be handed out if not {@code isCalled}
 * @param isCalled whether {@code lastValue} has been handed out
 */
public record SequenceValue(TableId sequence, long lastValue, boolean isCalled) {}
