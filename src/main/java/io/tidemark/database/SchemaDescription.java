package io.tidemark.database;

import java.io.Serializable;

/**
 * What a source knows about its selected tables beyond what rows need: types, defaults,
 * constraints, indexes, partitions, sequences. Made by a source's folder and understood by the same
 * folder's target.
 */
public interface SchemaDescription extends Serializable {}
