package io.millrace.engine;

import io.millrace.engine.Sequence.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeMap;

/** All living sequences, and the moves between their states. A move decides nothing: it keeps the books. */
final class Roster {
    private static final Comparator<Sequence> BY_ARRIVAL = Comparator.comparingLong(sequence -> sequence.id);

    private final KvLedger kv;
    private final Map<Long, Sequence> living = new LinkedHashMap<>();
    /** Those that hold a slot, RUNNING or STALLED, by arrival. */
    private final List<Sequence> residents = new ArrayList<>();

    private final TreeMap<Long, Sequence> waiting = new TreeMap<>();
    /** The one stalled longest first. */
    private final SequencedSet<Sequence> stalled = new LinkedHashSet<>();

    private long seated;
    private long setBacks;

    Roster(KvLedger kv) {
        this.kv = kv;
    }

    void add(Sequence sequence) {
        living.put(sequence.id, sequence);
        enqueue(sequence);
    }

    Optional<Sequence> find(long id) {
        return Optional.ofNullable(living.get(id));
    }

    Collection<Sequence> living() {
        return living.values();
    }

    List<Sequence> residents() {
        return residents;
    }

    Collection<Sequence> waiting() {
        return waiting.values();
    }

    /** Takes in the one that waits and came first. */
    void seat(Sequence sequence) {
        seated++;
        waiting.remove(sequence.id);
        kv.takeSlot(sequence);
        sequence.state = State.RUNNING;
        residents.add(sequence);
        residents.sort(BY_ARRIVAL);
    }

    /** How often a sequence was taken in, ever. */
    long seated() {
        return seated;
    }

    /** Takes slot and blocks from a resident; a running one waits again, in the order of its arrival. */
    void setBack(Sequence sequence) {
        setBacks++;
        unseat(sequence);
        if (sequence.state == State.RUNNING) {
            enqueue(sequence);
        }
    }

    void stall(Sequence sequence, long nowNanos) {
        if (sequence.state == State.RUNNING || sequence.state == State.WAITING) {
            waiting.remove(sequence.id);
            sequence.state = State.STALLED;
            sequence.stalledSince = nowNanos;
            stalled.add(sequence);
        }
    }

    void unstall(Sequence sequence) {
        if (stalled.remove(sequence)) {
            if (sequence.resident()) {
                sequence.state = State.RUNNING;
            } else {
                enqueue(sequence);
            }
        }
    }

    void park(Sequence sequence) {
        leave(sequence, State.PARKED);
    }

    void unpark(Sequence sequence) {
        if (sequence.state == State.PARKED) {
            enqueue(sequence);
        }
    }

    void end(Sequence sequence) {
        leave(sequence, State.ENDED);
        living.remove(sequence.id);
    }

    /** Who loses its cache next: the resident stalled longest, else the youngest; empty where nobody is resident. */
    Optional<Sequence> victim() {
        return stalledResident().or(() -> residents.isEmpty() ? Optional.empty() : Optional.of(residents.getLast()));
    }

    Optional<Sequence> stalledResident() {
        return stalled.stream().filter(Sequence::resident).findFirst();
    }

    Optional<Sequence> stalledLongest() {
        return stalled.isEmpty() ? Optional.empty() : Optional.of(stalled.getFirst());
    }

    int waitingTokens() {
        return waiting.values().stream().mapToInt(Sequence::length).sum();
    }

    SchedulerLoad load(int stepsInFlight) {
        int seatedStalled = (int) stalled.stream().filter(Sequence::resident).count();
        int running = residents.size() - seatedStalled;
        return new SchedulerLoad(
                running,
                waiting.size(),
                stalled.size(),
                living.size() - running - waiting.size() - stalled.size(),
                waitingTokens(),
                kv.freeBlocks(),
                kv.freeSlots(),
                stepsInFlight,
                setBacks);
    }

    private void enqueue(Sequence sequence) {
        sequence.state = State.WAITING;
        waiting.put(sequence.id, sequence);
    }

    private void leave(Sequence sequence, State to) {
        waiting.remove(sequence.id);
        stalled.remove(sequence);
        if (sequence.resident()) {
            unseat(sequence);
        }
        sequence.state = to;
    }

    private void unseat(Sequence sequence) {
        kv.release(sequence);
        residents.remove(sequence);
        sequence.rewind(0);
    }
}
