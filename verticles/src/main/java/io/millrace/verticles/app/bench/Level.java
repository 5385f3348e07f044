package io.millrace.verticles.app.bench;

import java.util.List;
import java.util.SequencedMap;

/** What came of one plan: one level of load, several of which make a sweep. */
public record Level(BenchPlan plan, SequencedMap<String, List<RoundResult>> rounds) {}
