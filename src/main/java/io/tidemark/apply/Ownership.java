package io.tidemark.apply;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whose a stream is, as the ledger holds it. A submission of the job (an incarnation) raises the
 * epoch at every start; once another submission has done so, it is refused for good.
 *
 * @param firstEpochs every incarnation that has claimed the stream, with the epoch of its first
 *     claim
 */
public record Ownership(
    String stream, long epoch, String incarnation, Map<String, Long> firstEpochs) {

  public Ownership {
    firstEpochs = Map.copyOf(firstEpochs);
  }

  /**
   * @throws FencedException if another incarnation has taken over since this one last claimed
   */
  public void requireClaimable(String claimant) {
    if (!incarnation.equals(claimant) && firstEpochs.containsKey(claimant)) {
      throw new FencedException(stream, epoch, "job " + incarnation + " has taken it over since");
    }
  }

  /** What is so once the claimant, who has been found to be allowed to, has claimed the stream. */
  public Ownership claimedBy(String claimant) {
    Map<String, Long> claims = new HashMap<>(firstEpochs);
    long next = epoch + Ledger.EPOCH_STRIDE;
    claims.putIfAbsent(claimant, next);
    return new Ownership(stream, next, claimant, claims);
  }

  /**
   * What a writer is told whose epoch is not the ledger's. Another submission of the job forbids a
   * restart. Another attempt of the same submission (a claim that was slow to come through, while a
   * later one was made already) does not: the restart claims anew, and nobody else is there to take
   * the stream from.
   */
  public RuntimeException replaced(long writer) {
    Optional<String> mine =
        firstEpochs.entrySet().stream()
            .filter(claim -> claim.getValue() <= writer)
            .max(Comparator.comparingLong(Map.Entry::getValue))
            .map(Map.Entry::getKey);
    if (mine.isPresent() && mine.get().equals(incarnation)) {
      return new DatabaseException(
          DatabaseException.Kind.RETRYABLE,
          "stream "
              + stream
              + ": another attempt of this same job has claimed the stream under epoch "
              + epoch
              + " meanwhile; this one, under epoch "
              + writer
              + ", changed nothing and is started again");
    }
    return new FencedException(stream, writer, "the ledger is under epoch " + epoch);
  }
}
