/**
 * What the vendors' folders do alike, whichever server it is done to: the half of a thing that has
 * no SQL of its own. Nobody else knows this room.
 */
package io.tidemark.database.shared;
