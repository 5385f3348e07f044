package io.millrace.verticles.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.MultiMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashedKeysTest {

    /** {@code printf key-1 | sha256sum} and so on. */
    private static final String KEY_1 = "be2974546978e3739e6d6da85c4be9f334ce32df2b9fd4b6ff1b55c0d57e9d44";

    private static final String KEY_2 = "7c36b0a9dedde119c75165957c6c9c187e65df1ee5db87c4c58ad503ad88cbe3";

    @TempDir
    Path folder;

    @Test
    void aKeyBelongsToTheTenantOnItsLine() throws IOException {
        HashedKeys keys = keys(
                "# two tenants\n\n" + KEY_1 + " ann\n  " + KEY_2.toUpperCase(java.util.Locale.ROOT) + "\tbob.2  \n");
        assertEquals(Optional.of("ann"), keys.tenantOf("key-1"));
        assertEquals(Optional.of("bob.2"), keys.tenantOf("key-2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "key-3", "key-1 ", "KEY-1", KEY_1})
    void anyOtherKeyBelongsToNobody(String key) throws IOException {
        assertEquals(Optional.empty(), keys(KEY_1 + " ann").tenantOf(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"key-1 ann", "abc ann", KEY_1, KEY_1 + " a b", KEY_1 + "0 ann"})
    void aWrongLineIsNamedByItsNumberAndNotRepeated(String line) {
        var failure = assertThrows(IllegalArgumentException.class, () -> keys(KEY_2 + " bob\n" + line));
        assertTrue(failure.getMessage().contains("line 2"), failure.getMessage());
        assertFalse(failure.getMessage().contains(line), failure.getMessage());
    }

    @Test
    void aFileWithoutKeysIsRefusedAsItWouldLockEverybodyOut() {
        assertThrows(IllegalArgumentException.class, () -> keys("# none yet\n"));
    }

    @ParameterizedTest
    @CsvSource({"Bearer abc, abc", "bearer  abc , abc", "Basic abc, ''", "Bearer, ''", "abc, ''"})
    void onlyABearerHeaderHasAKey(String header, String key) {
        assertEquals(key, BearerKey.of(MultiMap.caseInsensitiveMultiMap().add("authorization", header)));
    }

    private HashedKeys keys(String content) throws IOException {
        return HashedKeys.read(Files.writeString(folder.resolve("keys"), content));
    }
}
