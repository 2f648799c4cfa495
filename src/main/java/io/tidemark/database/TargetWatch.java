package io.tidemark.database;

import io.tidemark.schema.TableId;
import java.util.Set;

/**
 * Looks whether the target's tables are still those that the stream writes, and still store what is
 * written to them. Whatever happens to them beside the stream's own writes (another table under the
 * name, an emptied one, a trigger, a column of another type) no row of the log tells of.
 *
 * <p>Keeps one connection, which a failure closes and the next look opens again; used by one thread
 * at a time. All of it may throw {@link DatabaseException}: a fatal one, where something has
 * changed that matters.
 */
public interface TargetWatch extends AutoCloseable {

  /**
   * Compares what is there with what the ledger remembers, as {@link #begin} does, and changes
   * nothing. Tables of which nothing is remembered are looked at by themselves.
   */
  void examine();

  /**
   * Takes a start's first look, before anything is written under its epoch, and has the ledger
   * remember what there is to compare with later.
   *
   * @param copied tables, by their names at the source, of which the ledger holds anything; the
   *     others are taken as they are now
   * @throws FencedException if the epoch has been raised
   */
  void begin(long epoch, Set<TableId> copied);

  /**
   * Looks once more, after {@link #begin}.
   *
   * @throws FencedException if the epoch has been raised
   */
  void look(long epoch);

  @Override
  void close();
}
