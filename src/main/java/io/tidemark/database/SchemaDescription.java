package io.tidemark.database;

import java.io.Serializable;

/**
 * What a source knows about its selected tables beyond what rows need: types, defaults,
 * constraints, indexes, partitions, sequences. Made by a source's folder; the same folder's target
 * understands all of it, every other one what is {@link #portable}.
 */
public interface SchemaDescription extends Serializable {

  /** The part of it that every vendor has. */
  PortableSchema portable();
}
