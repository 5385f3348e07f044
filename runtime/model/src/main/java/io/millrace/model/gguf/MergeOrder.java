package io.millrace.model.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts SentencePiece's scores into BPE merges. SentencePiece joins the two neighbours whose union scores best; a list of
 * all ways to make each token of two others, best token first, asks for the same.
 */
final class MergeOrder {
    private record Merge(int token, int left, int right) {}

    private MergeOrder() {}

    /** Merges of normal tokens, best first, two pieces parted by a space. */
    static List<String> of(List<String> tokens, List<Integer> types, float[] scores) {
        Map<String, Integer> ids = new HashMap<>(2 * tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == TokenizerReader.NORMAL) {
                ids.putIfAbsent(tokens.get(id), id);
            }
        }
        List<Merge> merges = new ArrayList<>();
        ids.forEach((text, id) -> addMerges(text, id, ids, merges));
        merges.sort(Comparator.comparingDouble((Merge merge) -> -scores[merge.token])
                .thenComparingInt(Merge::token)
                .thenComparingInt(Merge::left)
                .thenComparingInt(Merge::right));
        return merges.stream()
                .map(merge -> tokens.get(merge.left) + " " + tokens.get(merge.right))
                .toList();
    }

    private static void addMerges(String text, int id, Map<String, Integer> ids, List<Merge> merges) {
        for (int cut = 1; cut < text.length(); cut++) {
            Integer left = ids.get(text.substring(0, cut));
            Integer right = left == null ? null : ids.get(text.substring(cut));
            if (right != null) {
                merges.add(new Merge(id, left, right));
            }
        }
    }
}
