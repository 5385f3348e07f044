package io.millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CreditLedgerTest {

    private final CreditLedger ledger = new CreditLedger(true);

    @Test
    void oneEventOfDemandIsSetAsideForAccepted() {
        ledger.requested(1);
        assertEquals(OptionalInt.of(0), ledger.attach());
        assertEquals(0, ledger.grant());
        ledger.acceptedDelivered();
        assertFalse(ledger.hasDemand());
        ledger.requested(1);
        assertEquals(1, ledger.grant());
    }

    @Test
    void unboundedDemandIsNoCreditAtAll() {
        ledger.requested(Long.MAX_VALUE);
        assertEquals(OptionalInt.empty(), ledger.attach());
        for (int i = 0; i < 1000; i++) {
            assertTrue(ledger.tokenReceived());
            ledger.delivered();
        }
        assertTrue(ledger.hasDemand());
        assertEquals(0, ledger.grant());
    }

    @Test
    void demandThatBecomesUnboundedIsGrantedInPieces() {
        ledger.requested(2);
        ledger.attach();
        ledger.requested(Long.MAX_VALUE);
        assertEquals(Integer.MAX_VALUE, ledger.grant());
        assertEquals(OptionalInt.empty(), ledger.attach());
    }

    @Test
    void aNewAttachmentIsGrantedWhatTheOldOneDidNotUse() {
        ledger.requested(10);
        ledger.attach();
        ledger.acceptedDelivered();
        assertTrue(ledger.tokenReceived());
        ledger.delivered();
        assertEquals(OptionalInt.of(8), ledger.attach());
    }

    @Test
    void aRepeatedTokenCostsItsCreditAndNoDemand() {
        ledger.requested(3);
        ledger.attach();
        ledger.acceptedDelivered();
        assertTrue(ledger.tokenReceived());
        assertEquals(1, ledger.grant());
    }

    @Test
    void aTokenWithoutCreditIsNoticed() {
        ledger.requested(2);
        ledger.attach();
        assertTrue(ledger.tokenReceived());
        assertFalse(ledger.tokenReceived());
    }

    /** The two promises: no token comes without demand, and a server that used up its credit is never left waiting. */
    @Test
    void inAnyOrderCreditNeverPassesDemandAndNeverStarves() {
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            CreditLedger any = new CreditLedger(true);
            any.requested(1 + random.nextInt(5));
            long credit = any.attach().orElseThrow();
            any.acceptedDelivered();
            for (int step = 0; step < 200; step++) {
                if (random.nextBoolean()) {
                    any.requested(1 + random.nextInt(7));
                } else if (credit > 0) {
                    credit--;
                    assertTrue(any.tokenReceived(), "seed " + seed);
                    assertTrue(any.hasDemand(), "seed " + seed);
                    any.delivered();
                }
                credit = random.nextInt(50) == 0 ? any.attach().orElseThrow() : credit + any.grant();
                assertEquals(any.hasDemand(), credit > 0, "seed " + seed);
            }
        }
    }
}
