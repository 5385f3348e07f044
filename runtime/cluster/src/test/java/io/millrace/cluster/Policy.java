package io.millrace.cluster;

import java.util.Random;

/** The policies that are compared. */
enum Policy {
    ROUND_ROBIN("round robin"),
    LEAST_OUTSTANDING("least outstanding tokens"),
    POWER_OF_TWO_CHOICES("power of two choices"),
    PREFIX_AFFINITY("prefix affinity, else two choices");

    private static final double TOLERANCE = 1.25;

    final String title;

    Policy(String title) {
        this.title = title;
    }

    /** @param ingress whose router it is to be; also its seed */
    Router router(int ingress) {
        return switch (this) {
            case ROUND_ROBIN -> new RoundRobin(ingress);
            case LEAST_OUTSTANDING -> new LeastOutstanding(ingress);
            case POWER_OF_TWO_CHOICES -> new PowerOfTwoChoices(new Random(ingress));
            case PREFIX_AFFINITY -> new PrefixAffinity(new PowerOfTwoChoices(new Random(ingress)), TOLERANCE);
        };
    }
}
