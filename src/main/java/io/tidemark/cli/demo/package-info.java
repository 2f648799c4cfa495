/**
 * The demo: two database servers of the lab, a shop with writers at work, the real job between
 * them, and a comparison at the end. In: the options of {@code ./tidemark demo}. Out: what was
 * found. Nothing outside knows it, and the jar for clusters does not carry it.
 */
package io.tidemark.cli.demo;
