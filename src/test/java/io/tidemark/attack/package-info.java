/**
 * The generator of attacks: changes of catalogs and settings among random writes, made up by seed
 * from a grammar of the vendor's statements, against the whole job as users run it.
 */
package io.tidemark.attack;
