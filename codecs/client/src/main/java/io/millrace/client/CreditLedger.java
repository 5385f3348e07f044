package io.millrace.client;

import java.util.OptionalInt;

/**
 * Turns a subscriber's demand into credit: every token that the server may send has an event of demand waiting for it.
 *
 * <p>Demand counts events, credit counts tokens; so one event is set aside for {@code Accepted} until it was delivered.
 */
final class CreditLedger {

    private static final long UNBOUNDED = Long.MAX_VALUE;

    private long demand;
    private boolean acceptedDue;
    private boolean unlimited;
    private long outstanding;

    CreditLedger(boolean acceptedDue) {
        this.acceptedDue = acceptedDue;
    }

    void requested(long events) {
        long sum = demand + events;
        demand = sum < 0 ? UNBOUNDED : sum;
    }

    boolean hasDemand() {
        return demand > 0;
    }

    void delivered() {
        demand -= demand == UNBOUNDED ? 0 : 1;
    }

    void acceptedDelivered() {
        delivered();
        acceptedDue = false;
    }

    /** A new attachment starts: its initial credit, empty where the server may send without limit. */
    OptionalInt attach() {
        unlimited = demand == UNBOUNDED;
        outstanding = 0;
        return unlimited ? OptionalInt.empty() : OptionalInt.of(addGrant());
    }

    /** A token came; false where no credit was left for it. */
    boolean tokenReceived() {
        return unlimited || outstanding-- > 0;
    }

    /**
     * Credit to send now; 0 is none. It waits until it at least doubles what the server still holds, so that a subscriber that asks
     * for one event at a time does not make a frame for each.
     */
    int grant() {
        return unlimited || ungranted() < Math.max(1, outstanding) ? 0 : addGrant();
    }

    private int addGrant() {
        int grant = (int) Math.min(ungranted(), Integer.MAX_VALUE);
        outstanding += grant;
        return grant;
    }

    private long ungranted() {
        return demand - (acceptedDue ? 1 : 0) - outstanding;
    }
}
