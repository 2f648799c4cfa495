package io.tidemark.verify;

import io.tidemark.change.Row;
import io.tidemark.database.TableReader;
import io.tidemark.schema.Table;
import io.tidemark.verify.RowDigest.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares one table. Rows whose key falls into the same bucket are added up; sums of 128 bits over
 * the same rows are the same in any order, and over different ones differ but for one case in
 * 2^128. Single use, one thread beside those that read.
 */
final class TableBuckets {

  private static final int BUCKETS = 1 << 16;
  private static final int MAX_SAMPLES = 10;

  /** So many rows are held at a time, and the tables are read again for each such lot. */
  private static final long ROWS_AT_A_TIME = 500_000;

  private static final int MOST_LOTS = 20;

  /** A table of one side. */
  record Side(TableReader reader, Table table, RowDigest digest) {

    /** What is done with a row that the digest has been turned to. */
    interface Step {
      void on(Row row, int bucket);
    }

    Sums sums() throws InterruptedException {
      Sums sums = new Sums();
      read((row, bucket) -> sums.add(bucket, digest.row()));
      return sums;
    }

    void read(Step step) throws InterruptedException {
      reader.read(
          table,
          row -> {
            if (Thread.interrupted()) {
              throw new InterruptedException();
            }
            digest.turnTo(row);
            step.on(row, digest.keyHash() >>> 16);
          });
    }
  }

  /** What the buckets of one side hold: of each its rows, counted, and the sum of their digests. */
  private static final class Sums {
    private static final int FIELDS = 3;
    private static final int HIGH = 1;
    private static final int LOW = 2;

    /** One bucket's fields side by side, as each row touches all of them. */
    private final long[] fields = new long[BUCKETS * FIELDS];

    void add(int bucket, Digest row) {
      int at = bucket * FIELDS;
      fields[at]++;
      long sum = fields[at + LOW] + row.low();
      long carry = Long.compareUnsigned(sum, row.low()) < 0 ? 1 : 0;
      fields[at + LOW] = sum;
      fields[at + HIGH] += row.high() + carry;
    }

    long rows(int bucket) {
      return fields[bucket * FIELDS];
    }

    boolean sameIn(int bucket, Sums other) {
      int from = bucket * FIELDS;
      return Arrays.equals(fields, from, from + FIELDS, other.fields, from, from + FIELDS);
    }
  }

  /** Rows of the source that have not been met at the target yet. */
  private static final class Awaited {
    private final Digest row;
    private int count;

    Awaited(Digest row) {
      this.row = row;
    }
  }

  private final Side source;
  private final Side target;

  private final List<String> samples = new ArrayList<>();
  private long equal;
  private long different;
  private long missing;
  private long extra;

  TableBuckets(Side source, Side target) {
    this.source = source;
    this.target = target;
  }

  /**
   * @param problems is told if not every row that differs was looked at
   */
  TableComparison compare(List<String> problems) throws InterruptedException {
    BothSides.Pair<Sums> sums = BothSides.read(source::sums, target::sums);
    List<BitSet> lots = lots(sums.source(), sums.target());
    for (BitSet lot : lots.subList(0, Math.min(lots.size(), MOST_LOTS))) {
      lookAt(lot);
    }
    if (lots.size() > MOST_LOTS) {
      problems.add(
          "table "
              + source.table().id()
              + " differs all over: only a part of its rows was looked at one by one");
    }
    samples.sort(null);
    return new TableComparison(
        source.table().id(), target.table().id(), equal, different, missing, extra, samples);
  }

  /** The buckets that differ, in lots that fit into memory; the rows of the others are equal. */
  private List<BitSet> lots(Sums atSource, Sums atTarget) {
    List<BitSet> lots = new ArrayList<>();
    BitSet lot = new BitSet();
    long rows = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      long sourceRows = atSource.rows(bucket);
      if (atSource.sameIn(bucket, atTarget)) {
        equal += sourceRows;
        continue;
      }
      if (!lot.isEmpty() && rows + sourceRows > ROWS_AT_A_TIME) {
        lots.add(lot);
        lot = new BitSet();
        rows = 0;
      }
      lot.set(bucket);
      rows += sourceRows;
    }
    if (!lot.isEmpty()) {
      lots.add(lot);
    }
    return lots;
  }

  private void lookAt(BitSet lot) throws InterruptedException {
    Map<Digest, Awaited> awaited = new HashMap<>();
    source.read(
        (row, bucket) -> {
          if (lot.get(bucket)) {
            awaited.computeIfAbsent(
                    source.digest().key(), any -> new Awaited(source.digest().row()))
                .count++;
          }
        });
    target.read(
        (row, bucket) -> {
          if (lot.get(bucket)) {
            meet(awaited, row);
          }
        });
    missing += awaited.values().stream().mapToLong(left -> left.count).sum();
    if (!awaited.isEmpty() && samples.size() < MAX_SAMPLES) {
      source.read(
          (row, bucket) -> {
            if (samples.size() < MAX_SAMPLES
                && lot.get(bucket)
                && awaited.remove(source.digest().key()) != null) {
              samples.add("missing: " + source.digest().describe(row));
            }
          });
    }
  }

  private void meet(Map<Digest, Awaited> awaited, Row row) {
    Digest key = target.digest().key();
    Awaited found = awaited.get(key);
    if (found == null) {
      extra++;
      sample("extra", row);
      return;
    }
    if (--found.count == 0) {
      awaited.remove(key);
    }
    if (found.row.equals(target.digest().row())) {
      equal++;
    } else {
      different++;
      sample("different", row);
    }
  }

  private void sample(String what, Row row) {
    if (samples.size() < MAX_SAMPLES) {
      samples.add(what + ": " + target.digest().describe(row));
    }
  }
}
