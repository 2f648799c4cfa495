package io.tidemark.verify;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.TableReader;
import io.tidemark.schema.Table;
import io.tidemark.verify.RowDigest.Digest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Compares one table. Rows whose key falls into the same bucket are added up; sums of 128 bits over
 * the same rows are the same in any order, and over different ones differ but for one case in
 * 2^128. Single use, one thread.
 */
final class TableBuckets {

  private static final int BUCKETS = 1 << 16;
  private static final int MAX_SAMPLES = 10;

  /** So many rows are held at a time, and the tables are read again for each such lot. */
  private static final long ROWS_AT_A_TIME = 500_000;

  private static final int MOST_LOTS = 20;

  /** A table of one side. */
  record Side(TableReader reader, Table table, RowDigest digest) {

    void read(Consumer<Row> rows) throws InterruptedException {
      PortableRows.Decoder decoder = new PortableRows.Decoder(table.columns().size());
      reader.read(
          table,
          (bytes, length) -> {
            decoder.add(bytes, length);
            for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
              rows.accept(row.get());
            }
          });
      decoder.finish();
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

  /** What the source has more than the target: rows, and the sum of their digests. */
  private final long[] counts = new long[BUCKETS];

  private final long[] highs = new long[BUCKETS];
  private final long[] lows = new long[BUCKETS];
  private final long[] sourceRows = new long[BUCKETS];

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
    source.read(
        row -> {
          int bucket = bucket(source.digest().key(row));
          sourceRows[bucket]++;
          add(bucket, source.digest().row(row), false);
        });
    target.read(row -> add(bucket(target.digest().key(row)), target.digest().row(row), true));
    List<BitSet> lots = lots();
    for (BitSet lot : lots.subList(0, Math.min(lots.size(), MOST_LOTS))) {
      lookAt(lot);
    }
    if (lots.size() > MOST_LOTS) {
      problems.add(
          "table "
              + source.table().id()
              + " differs all over: only a part of its rows was looked at one by one");
    }
    return new TableComparison(
        source.table().id(), target.table().id(), equal, different, missing, extra, samples);
  }

  private static int bucket(Digest key) {
    return (int) (key.high() >>> 48);
  }

  private void add(int bucket, Digest row, boolean negative) {
    long high = row.high();
    long low = row.low();
    if (negative) {
      low = -low;
      high = ~high + (low == 0 ? 1 : 0);
    }
    counts[bucket] += negative ? -1 : 1;
    long sum = lows[bucket] + low;
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    lows[bucket] = sum;
    highs[bucket] += high + carry;
  }

  /** The buckets that differ, in lots that fit into memory; the rows of the others are equal. */
  private List<BitSet> lots() {
    List<BitSet> lots = new ArrayList<>();
    BitSet lot = new BitSet();
    long rows = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      if (counts[bucket] == 0 && highs[bucket] == 0 && lows[bucket] == 0) {
        equal += sourceRows[bucket];
        continue;
      }
      if (!lot.isEmpty() && rows + sourceRows[bucket] > ROWS_AT_A_TIME) {
        lots.add(lot);
        lot = new BitSet();
        rows = 0;
      }
      lot.set(bucket);
      rows += sourceRows[bucket];
    }
    if (!lot.isEmpty()) {
      lots.add(lot);
    }
    return lots;
  }

  private void lookAt(BitSet lot) throws InterruptedException {
    Map<Digest, Awaited> awaited = new HashMap<>();
    source.read(
        row -> {
          Digest key = source.digest().key(row);
          if (lot.get(bucket(key))) {
            awaited.computeIfAbsent(key, any -> new Awaited(source.digest().row(row))).count++;
          }
        });
    target.read(
        row -> {
          Digest key = target.digest().key(row);
          if (lot.get(bucket(key))) {
            meet(awaited, key, row);
          }
        });
    missing += awaited.values().stream().mapToLong(left -> left.count).sum();
    if (!awaited.isEmpty() && samples.size() < MAX_SAMPLES) {
      source.read(
          row -> {
            if (samples.size() < MAX_SAMPLES && awaited.remove(source.digest().key(row)) != null) {
              samples.add("missing: " + source.digest().describe(row));
            }
          });
    }
  }

  private void meet(Map<Digest, Awaited> awaited, Digest key, Row row) {
    Awaited found = awaited.get(key);
    if (found == null) {
      extra++;
      sample("extra", row);
      return;
    }
    if (--found.count == 0) {
      awaited.remove(key);
    }
    if (found.row.equals(target.digest().row(row))) {
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
